// SPDX-License-Identifier: MIT
// See toy_dma.h.

#include <kernel/ktest.h>
#include <lib/string.h>

#include "toy_dma.h"
#include "log_watch.h"

struct dma_reach reach;
static unsigned long mistakes_before;

void dma_begin(u64 mask)
{
	log_watch_begin();
	mistakes_before = dma_mistakes;
	dma_reach_init(&reach, "toy");
	reach.mask = mask;
}

void dma_end(void)
{
	EXPECT_EQ(reach.mapped, 0);
	log_watch_end();
}

void dma_expect_mistakes(unsigned int n, const char *words)
{
	EXPECT_EQ(dma_mistakes_made(), n);
	EXPECT_EQ(log_seen("toy: "), n);
	EXPECT_EQ(log_seen(words), n);
}

unsigned long dma_mistakes_made(void)
{
	return dma_mistakes - mistakes_before;
}

u64 dma_zone_mask(void)
{
	return (u64)PHYS_OFFSET | (ZONE_DMA_SIZE - 1);
}

dma_addr_t dma_mapper(const void *ptr, size_t size)
{
	const dma_addr_t addr = dma_reach_map(&reach, ptr, size, DMA_TO_DEVICE, __RETURN_ADDRESS);

	barrier();
	return addr;
}

void dma_unmapper(dma_addr_t addr, size_t size)
{
	dma_reach_unmap(&reach, addr, size, DMA_TO_DEVICE, __RETURN_ADDRESS);
}
