// SPDX-License-Identifier: MIT
// Memory for devices: which addresses they get, and what they are refused.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <mm/memblock.h>
#include <mm/slab.h>

#include "toy_dma.h"
#include "log_watch.h"

SUITE("dma");

TEST("S015 a bus address is the physical address where the bus adds nothing")
{
	char *buffer;
	dma_addr_t addr;

	dma_begin(DMA_BIT_MASK(64));
	buffer = kmalloc(1000, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	addr = dma_mapper(buffer + 10, 900);
	EXPECT_EQ(addr, (u64)virt_to_phys(buffer) + 10);
	EXPECT_EQ(reach.mapped, 1);
	dma_unmapper(addr, 900);
	kfree(buffer);
	dma_end();
}

TEST("S015 behind a bus that shifts addresses, the device's differs from the CPU's, and its reach "
     "counts")
{
	char *buffer;
	dma_addr_t addr;

	dma_begin(DMA_BIT_MASK(64));
	buffer = kmalloc(64, GFP_KERNEL | GFP_DMA);
	ASSERT_NE(buffer, NULL);
	reach.offset = 0x800000000;
	addr = dma_mapper(buffer, 64);
	EXPECT_EQ(addr, (u64)virt_to_phys(buffer) + 0x800000000);
	dma_unmapper(addr, 64);
	reach.offset = -(s64)PHYS_OFFSET; // RAM begins at 0 for this device
	reach.mask = DMA_BIT_MASK(24);
	addr = dma_mapper(buffer, 64);
	EXPECT_EQ(addr, (u64)virt_to_phys(buffer) - PHYS_OFFSET);
	dma_unmapper(addr, 64);
	reach.offset = 0x1000000;
	reach.mask = PHYS_OFFSET | (ZONE_DMA_SIZE - 1);
	EXPECT_EQ(dma_mapper(buffer, 64), DMA_MAPPING_ERROR);
	dma_expect_mistakes(1, "on its bus");
	kfree(buffer);
	dma_end();
}

TEST("S203 a device of 24 address bits gets GFP_DMA memory, and is refused other memory, by the "
     "caller's name")
{
	char *low, *normal;
	dma_addr_t addr;

	dma_begin(dma_zone_mask());
	low = kmalloc(PAGE_SIZE, GFP_KERNEL | GFP_DMA);
	normal = kmalloc(PAGE_SIZE, GFP_KERNEL);
	ASSERT_TRUE(low && normal);
	addr = dma_mapper(low, PAGE_SIZE);
	EXPECT_EQ(addr, (u64)virt_to_phys(low));
	dma_unmapper(addr, PAGE_SIZE);
	dma_expect_mistakes(0, "mask");
	if (page_zonenum(virt_to_page(normal)) != ZONE_DMA) {
		EXPECT_EQ(dma_mapper(normal, PAGE_SIZE), DMA_MAPPING_ERROR);
		dma_expect_mistakes(1, "the device reaches addresses of the mask");
		EXPECT_EQ(log_seen("not mapped for ktest_"), 1);
	}
	kfree(low);
	kfree(normal);
	dma_end();
}

TEST("a mapping may touch the last byte that the device reaches, and none behind it")
{
	const phys_addr_t last = PHYS_OFFSET + ZONE_DMA_SIZE - 1;

	dma_begin(dma_zone_mask());
	EXPECT_TRUE(dma_reaches(&reach, last, 1));
	EXPECT_TRUE(dma_reaches(&reach, last - 4095, 4096));
	EXPECT_FALSE(dma_reaches(&reach, last - 4095, 4097));
	EXPECT_FALSE(dma_reaches(&reach, last + 1, 1));
	EXPECT_FALSE(dma_reaches(&reach, last, 0));
	EXPECT_FALSE(dma_reaches(&reach, last, ~0ULL));
	EXPECT_TRUE(dma_reaches(&reach, PHYS_OFFSET, ZONE_DMA_SIZE));
	reach.mask = 0;
	EXPECT_FALSE(dma_reaches(&reach, PHYS_OFFSET, 2));
	dma_end();
}

TEST("a mask with holes: each address bit counts, and those that change from first to last byte")
{
	dma_begin(0x40ffffff);
	reach.offset = 0x40000000 - (s64)PHYS_OFFSET; // RAM at 40000000 of the bus, wherever it is
	EXPECT_TRUE(dma_reaches(&reach, PHYS_OFFSET, ZONE_DMA_SIZE));
	EXPECT_FALSE(dma_reaches(&reach, PHYS_OFFSET + ZONE_DMA_SIZE, 1));
	reach.offset = 0x00ffff00 - (s64)PHYS_OFFSET;
	EXPECT_TRUE(dma_reaches(&reach, PHYS_OFFSET, 0x100));
	// Both ends are covered by the mask, what lies between them is not.
	EXPECT_FALSE(dma_reaches(&reach, PHYS_OFFSET, 0x40000000 - 0x00ffff00 + 1));
	dma_end();
}

TEST("a mask that does not reach all of ZONE_DMA is refused with -EIO, and the old one stays")
{
	dma_begin(DMA_BIT_MASK(32));
	EXPECT_EQ(dma_reach_set_mask(&reach, PHYS_OFFSET | (SZ_1M - 1)), -EIO);
	EXPECT_EQ(dma_reach_set_mask(&reach, 0), -EIO);
	EXPECT_EQ(reach.mask, DMA_BIT_MASK(32));
	EXPECT_EQ(dma_reach_set_mask(&reach, dma_zone_mask()), 0);
	EXPECT_EQ(reach.mask, dma_zone_mask());
	EXPECT_EQ(dma_reach_set_mask(&reach, DMA_BIT_MASK(64)), 0);
	EXPECT_EQ(dma_reach_set_mask(&reach, DMA_BIT_MASK(28)), (u64)PHYS_OFFSET >> 28 ? -EIO : 0);
	dma_end();
}

TEST("S203 W38 what is not linear is refused: NULL, user, vmalloc, kmap, no RAM; each with its "
     "reason")
{
	dma_begin(DMA_BIT_MASK(64));
	EXPECT_EQ(dma_mapper(NULL, 100), DMA_MAPPING_ERROR);
	dma_expect_mistakes(1, "the address is NULL");
	EXPECT_EQ(dma_mapper((void *)0x10000, 100), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("user memory has no fixed place"), 1);
	EXPECT_EQ(dma_mapper((void *)VMALLOC_START, 100), DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_mapper((void *)(VMALLOC_END - 1), 1), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("of a vmalloc or ioremap area do not follow each other"), 2);
	EXPECT_EQ(dma_mapper((void *)PKMAP_BASE, 100), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("a kmap address is good for the CPU only"), 1);
	EXPECT_EQ(dma_mapper((void *)LOWMEM_END, 100), DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_mapper((void *)FIXADDR_START, 100), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("it is not lowmem from end to end"), 2);
	EXPECT_EQ(log_seen("not mapped for ktest_"), 7);
	EXPECT_EQ(dma_mistakes_made(), 7);
	dma_end();
}

TEST("S203 a buffer with a hole of RAM in its midst is refused, by address and by page")
{
	const struct memblock_range *below = memblock_ram(0), *above = memblock_ram(1);
	phys_addr_t start;
	size_t size;

	if (!above || above->start >= memblock_lowmem_end())
		SKIP("lowmem has no hole here");
	dma_begin(DMA_BIT_MASK(64));
	start = below->end - PAGE_SIZE;
	size = above->start + PAGE_SIZE - start;
	EXPECT_EQ(dma_mapper(phys_to_virt(start), size), DMA_MAPPING_ERROR);
	dma_expect_mistakes(1, "it is not lowmem from end to end");
	EXPECT_EQ(dma_reach_map_page(&reach, phys_to_page(start), 0, size, DMA_TO_DEVICE,
				     __RETURN_ADDRESS),
		  DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("it is not RAM from end to end"), 1);
	dma_end();
}

TEST("sizes that cannot be are refused: none, over the end of lowmem, over the end of all "
     "addresses")
{
	char *buffer;

	dma_begin(DMA_BIT_MASK(64));
	buffer = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	EXPECT_EQ(dma_mapper(buffer, 0), DMA_MAPPING_ERROR);
	dma_expect_mistakes(1, "there are no bytes");
	EXPECT_EQ(dma_mapper(buffer, ~(size_t)0), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("runs over the end of all addresses"), 1);
	EXPECT_EQ(dma_mapper(buffer, LOWMEM_END - (unsigned long)buffer + 1), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("not lowmem from end to end"), 1);
	EXPECT_EQ(dma_reach_map(&reach, buffer, 64, DMA_NONE, __RETURN_ADDRESS), DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_reach_map(&reach, buffer, 64, 17, __RETURN_ADDRESS), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("that is no direction"), 2);
	EXPECT_EQ(dma_mistakes_made(), 5);
	kfree(buffer);
	dma_end();
}

TEST("W38 page by page a device can have any memory, highmem too")
{
	dma_addr_t addr[2];
	struct page *page;

	dma_begin(DMA_BIT_MASK(64));
	page = alloc_pages(GFP_HIGHUSER, 1);
	ASSERT_NE(page, NULL);
	for (int i = 0; i < 2; i++) {
		addr[i] = dma_reach_map_page(&reach, page + i, 16, 1000, DMA_FROM_DEVICE, 0);
		EXPECT_EQ(addr[i], (u64)page_to_phys(page + i) + 16);
	}
	EXPECT_EQ(reach.mapped, 2);
	for (int i = 0; i < 2; i++)
		dma_reach_unmap(&reach, addr[i], 1000, DMA_FROM_DEVICE, 0);
	dma_expect_mistakes(0, "toy");
	EXPECT_EQ(dma_reach_map_page(&reach, NULL, 0, 1, DMA_FROM_DEVICE, 0), DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_reach_map_page(&reach, page, 0, 0, DMA_FROM_DEVICE, 0), DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_reach_map_page(&reach, page, ~(size_t)0, 2, DMA_FROM_DEVICE, 0),
		  DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_reach_map_page(&reach, pfn_to_page(max_pfn - 1), 0, 4097, DMA_FROM_DEVICE, 0),
		  DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_mistakes_made(), 4);
	__free_pages(page, 1);
	dma_end();
}

TEST("S381 a coherent buffer is zeroed, contiguous, on a page of its own, and within the device's "
     "reach")
{
	static const size_t sizes[] = { 1, 4096, 4097, 65536, PAGE_SIZE << MAX_PAGE_ORDER };
	const u64 masks[] = { DMA_BIT_MASK(64), dma_zone_mask() };

	dma_begin(0);
	for (size_t m = 0; m < ARRAY_SIZE(masks); m++) {
		reach.mask = masks[m];
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			dma_addr_t handle = 0;
			u8 *cpu = dma_reach_alloc(&reach, sizes[i], &handle, GFP_KERNEL, 0);

			ASSERT_NE(cpu, NULL);
			EXPECT_EQ(handle, (u64)virt_to_phys(cpu));
			EXPECT_TRUE(IS_ALIGNED(handle, PAGE_SIZE));
			EXPECT_TRUE(dma_reaches(&reach, virt_to_phys(cpu), sizes[i]));
			EXPECT_TRUE(!cpu[0] && !cpu[sizes[i] / 2] && !cpu[sizes[i] - 1]);
			memset(cpu, 0x96, sizes[i]);
			dma_reach_free(&reach, sizes[i], cpu, handle, 0);
		}
	}
	dma_expect_mistakes(0, "toy");
	dma_end();
}

TEST("a coherent buffer that nothing can be found for is NULL; freeing NULL does nothing")
{
	dma_addr_t handle = 0x896;

	dma_begin(PHYS_OFFSET | (PAGE_SIZE / 2 - 1)); // not even a page
	EXPECT_EQ(dma_reach_alloc(&reach, 100, &handle, GFP_KERNEL, 0), NULL);
	EXPECT_EQ(handle, 0x896);
	dma_expect_mistakes(0, "toy");
	EXPECT_EQ(dma_reach_alloc(&reach, 0, &handle, GFP_KERNEL, 0), NULL);
	EXPECT_EQ(dma_reach_alloc(&reach, ~(size_t)0, &handle, GFP_KERNEL, 0), NULL);
	dma_expect_mistakes(2, "a coherent buffer has 1 byte to 4 MB");
	dma_reach_free(&reach, 100, NULL, 0, 0);
	dma_expect_mistakes(2, "a coherent buffer has 1 byte to 4 MB");
	dma_end();
}
