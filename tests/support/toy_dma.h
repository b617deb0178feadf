// SPDX-License-Identifier: MIT
// For tests of memory for devices: a device that is made up, and what was reported of it.
#pragma once

#include <mm/dma.h>

extern struct dma_reach reach;

// A device that reaches the addresses of this mask, on a bus that adds nothing. At the end it has no mapping.
void dma_begin(u64 mask);
void dma_end(void);

// Maps and unmaps lowmem to the device, for the caller: reports name it.
dma_addr_t dma_mapper(const void *ptr, size_t size);
void dma_unmapper(dma_addr_t addr, size_t size);

// Reports since dma_begin(); and that there were n, all of them in these words.
unsigned long dma_mistakes_made(void);
void dma_expect_mistakes(unsigned int n, const char *words);

// The mask that says every bus address up to the last byte of ZONE_DMA and no other, as edu's dma_mask=.
u64 dma_zone_mask(void);
