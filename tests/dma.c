// SPDX-License-Identifier: MIT
// Memory for devices (notes, areas A and J): which addresses they get, what they are refused, and what
// debug builds say about maps and unmaps that do not agree. The devices here are made up.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/string.h>
#include <mm/dma.h>
#include <mm/memblock.h>
#include <mm/slab.h>

#include "log_watch.h"

SUITE("dma");

static struct dma_reach reach;
static unsigned long mistakes_before;

static void begin(u64 mask)
{
	log_watch_begin();
	mistakes_before = dma_mistakes;
	dma_reach_init(&reach, "toy");
	reach.mask = mask;
}

static void end(void)
{
	EXPECT_EQ(reach.mapped, 0);
	log_watch_end();
}

// That there were n reports since begin(), all of them in these words.
static void expect_mistakes(unsigned int n, const char *words)
{
	EXPECT_EQ(dma_mistakes - mistakes_before, n);
	EXPECT_EQ(log_seen("toy: "), n);
	EXPECT_EQ(log_seen(words), n);
}

// No tail calls: these are to be the callers that reports name.
static __noinline dma_addr_t mapper(const void *ptr, size_t size)
{
	const dma_addr_t addr = dma_reach_map(&reach, ptr, size, DMA_TO_DEVICE, __RETURN_ADDRESS);

	barrier();
	return addr;
}

static void unmapper(dma_addr_t addr, size_t size)
{
	dma_reach_unmap(&reach, addr, size, DMA_TO_DEVICE, __RETURN_ADDRESS);
}

// The mask that says every bus address up to the last byte of ZONE_DMA and no other, as edu's dma_mask=.
static u64 dma_zone_mask(void)
{
	return (u64)PHYS_OFFSET | (ZONE_DMA_SIZE - 1);
}

TEST("S015 a bus address is the physical address where the bus adds nothing")
{
	char *buffer;
	dma_addr_t addr;

	begin(DMA_BIT_MASK(64));
	buffer = kmalloc(1000, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	addr = mapper(buffer + 10, 900);
	EXPECT_EQ(addr, (u64)virt_to_phys(buffer) + 10);
	EXPECT_EQ(reach.mapped, 1);
	unmapper(addr, 900);
	kfree(buffer);
	end();
}

TEST("S015 behind a bus that shifts addresses, the device's differs from the CPU's, and its reach "
     "counts")
{
	char *buffer;
	dma_addr_t addr;

	begin(DMA_BIT_MASK(64));
	buffer = kmalloc(64, GFP_KERNEL | GFP_DMA);
	ASSERT_NE(buffer, NULL);
	reach.offset = 0x800000000;
	addr = mapper(buffer, 64);
	EXPECT_EQ(addr, (u64)virt_to_phys(buffer) + 0x800000000);
	unmapper(addr, 64);
	reach.offset = -(s64)PHYS_OFFSET; // RAM begins at 0 for this device
	reach.mask = DMA_BIT_MASK(24);
	addr = mapper(buffer, 64);
	EXPECT_EQ(addr, (u64)virt_to_phys(buffer) - PHYS_OFFSET);
	unmapper(addr, 64);
	reach.offset = 0x1000000;
	reach.mask = PHYS_OFFSET | (ZONE_DMA_SIZE - 1);
	EXPECT_EQ(mapper(buffer, 64), DMA_MAPPING_ERROR);
	expect_mistakes(1, "on its bus");
	kfree(buffer);
	end();
}

TEST("S203 a device of 24 address bits gets GFP_DMA memory, and is refused other memory, by the "
     "caller's name")
{
	char *low, *normal;
	dma_addr_t addr;

	begin(dma_zone_mask());
	low = kmalloc(PAGE_SIZE, GFP_KERNEL | GFP_DMA);
	normal = kmalloc(PAGE_SIZE, GFP_KERNEL);
	ASSERT_TRUE(low && normal);
	addr = mapper(low, PAGE_SIZE);
	EXPECT_EQ(addr, (u64)virt_to_phys(low));
	unmapper(addr, PAGE_SIZE);
	expect_mistakes(0, "mask");
	if (page_zonenum(virt_to_page(normal)) != ZONE_DMA) {
		EXPECT_EQ(mapper(normal, PAGE_SIZE), DMA_MAPPING_ERROR);
		expect_mistakes(1, "the device reaches addresses of the mask");
		EXPECT_EQ(log_seen("not mapped for ktest_"), 1);
	}
	kfree(low);
	kfree(normal);
	end();
}

TEST("a mapping may touch the last byte that the device reaches, and none behind it")
{
	const phys_addr_t last = PHYS_OFFSET + ZONE_DMA_SIZE - 1;

	begin(dma_zone_mask());
	EXPECT_TRUE(dma_reaches(&reach, last, 1));
	EXPECT_TRUE(dma_reaches(&reach, last - 4095, 4096));
	EXPECT_FALSE(dma_reaches(&reach, last - 4095, 4097));
	EXPECT_FALSE(dma_reaches(&reach, last + 1, 1));
	EXPECT_FALSE(dma_reaches(&reach, last, 0));
	EXPECT_FALSE(dma_reaches(&reach, last, ~0ULL));
	EXPECT_TRUE(dma_reaches(&reach, PHYS_OFFSET, ZONE_DMA_SIZE));
	reach.mask = 0;
	EXPECT_FALSE(dma_reaches(&reach, PHYS_OFFSET, 2));
	end();
}

TEST("a mask with holes: each address bit counts, and those that change from first to last byte")
{
	begin(0x40ffffff);
	reach.offset = 0x40000000 - (s64)PHYS_OFFSET; // RAM at 40000000 of the bus, wherever it is
	EXPECT_TRUE(dma_reaches(&reach, PHYS_OFFSET, ZONE_DMA_SIZE));
	EXPECT_FALSE(dma_reaches(&reach, PHYS_OFFSET + ZONE_DMA_SIZE, 1));
	reach.offset = 0x00ffff00 - (s64)PHYS_OFFSET;
	EXPECT_TRUE(dma_reaches(&reach, PHYS_OFFSET, 0x100));
	// Both ends are covered by the mask, what lies between them is not.
	EXPECT_FALSE(dma_reaches(&reach, PHYS_OFFSET, 0x40000000 - 0x00ffff00 + 1));
	end();
}

TEST("a mask that does not reach all of ZONE_DMA is refused with -EIO, and the old one stays")
{
	begin(DMA_BIT_MASK(32));
	EXPECT_EQ(dma_reach_set_mask(&reach, PHYS_OFFSET | (SZ_1M - 1)), -EIO);
	EXPECT_EQ(dma_reach_set_mask(&reach, 0), -EIO);
	EXPECT_EQ(reach.mask, DMA_BIT_MASK(32));
	EXPECT_EQ(dma_reach_set_mask(&reach, dma_zone_mask()), 0);
	EXPECT_EQ(reach.mask, dma_zone_mask());
	EXPECT_EQ(dma_reach_set_mask(&reach, DMA_BIT_MASK(64)), 0);
	EXPECT_EQ(dma_reach_set_mask(&reach, DMA_BIT_MASK(28)), (u64)PHYS_OFFSET >> 28 ? -EIO : 0);
	end();
}

TEST("S203 W38 what is not linear is refused: NULL, user, vmalloc, kmap, no RAM; each with its "
     "reason")
{
	begin(DMA_BIT_MASK(64));
	EXPECT_EQ(mapper(NULL, 100), DMA_MAPPING_ERROR);
	expect_mistakes(1, "the address is NULL");
	EXPECT_EQ(mapper((void *)0x10000, 100), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("user memory has no fixed place"), 1);
	EXPECT_EQ(mapper((void *)VMALLOC_START, 100), DMA_MAPPING_ERROR);
	EXPECT_EQ(mapper((void *)(VMALLOC_END - 1), 1), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("of a vmalloc or ioremap area do not follow each other"), 2);
	EXPECT_EQ(mapper((void *)PKMAP_BASE, 100), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("a kmap address is good for the CPU only"), 1);
	EXPECT_EQ(mapper((void *)LOWMEM_END, 100), DMA_MAPPING_ERROR);
	EXPECT_EQ(mapper((void *)FIXADDR_START, 100), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("it is not lowmem from end to end"), 2);
	EXPECT_EQ(log_seen("not mapped for ktest_"), 7);
	EXPECT_EQ(dma_mistakes - mistakes_before, 7);
	end();
}

TEST("S203 a buffer with a hole of RAM in its midst is refused, by address and by page")
{
	const struct memblock_range *below = memblock_ram(0), *above = memblock_ram(1);
	phys_addr_t start;
	size_t size;

	if (!above || above->start >= memblock_lowmem_end())
		SKIP("lowmem has no hole here");
	begin(DMA_BIT_MASK(64));
	start = below->end - PAGE_SIZE;
	size = above->start + PAGE_SIZE - start;
	EXPECT_EQ(mapper(phys_to_virt(start), size), DMA_MAPPING_ERROR);
	expect_mistakes(1, "it is not lowmem from end to end");
	EXPECT_EQ(dma_reach_map_page(&reach, phys_to_page(start), 0, size, DMA_TO_DEVICE,
				     __RETURN_ADDRESS),
		  DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("it is not RAM from end to end"), 1);
	end();
}

TEST("sizes that cannot be are refused: none, over the end of lowmem, over the end of all "
     "addresses")
{
	char *buffer;

	begin(DMA_BIT_MASK(64));
	buffer = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	EXPECT_EQ(mapper(buffer, 0), DMA_MAPPING_ERROR);
	expect_mistakes(1, "there are no bytes");
	EXPECT_EQ(mapper(buffer, ~(size_t)0), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("runs over the end of all addresses"), 1);
	EXPECT_EQ(mapper(buffer, LOWMEM_END - (unsigned long)buffer + 1), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("not lowmem from end to end"), 1);
	EXPECT_EQ(dma_reach_map(&reach, buffer, 64, DMA_NONE, __RETURN_ADDRESS), DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_reach_map(&reach, buffer, 64, 17, __RETURN_ADDRESS), DMA_MAPPING_ERROR);
	EXPECT_EQ(log_seen("that is no direction"), 2);
	EXPECT_EQ(dma_mistakes - mistakes_before, 5);
	kfree(buffer);
	end();
}

TEST("W38 page by page a device can have any memory, highmem too")
{
	dma_addr_t addr[2];
	struct page *page;

	begin(DMA_BIT_MASK(64));
	page = alloc_pages(GFP_HIGHUSER, 1);
	ASSERT_NE(page, NULL);
	for (int i = 0; i < 2; i++) {
		addr[i] = dma_reach_map_page(&reach, page + i, 16, 1000, DMA_FROM_DEVICE, 0);
		EXPECT_EQ(addr[i], (u64)page_to_phys(page + i) + 16);
	}
	EXPECT_EQ(reach.mapped, 2);
	for (int i = 0; i < 2; i++)
		dma_reach_unmap(&reach, addr[i], 1000, DMA_FROM_DEVICE, 0);
	expect_mistakes(0, "toy");
	EXPECT_EQ(dma_reach_map_page(&reach, NULL, 0, 1, DMA_FROM_DEVICE, 0), DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_reach_map_page(&reach, page, 0, 0, DMA_FROM_DEVICE, 0), DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_reach_map_page(&reach, page, ~(size_t)0, 2, DMA_FROM_DEVICE, 0),
		  DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_reach_map_page(&reach, pfn_to_page(max_pfn - 1), 0, 4097, DMA_FROM_DEVICE, 0),
		  DMA_MAPPING_ERROR);
	EXPECT_EQ(dma_mistakes - mistakes_before, 4);
	__free_pages(page, 1);
	end();
}

TEST("S381 a coherent buffer is zeroed, contiguous, on a page of its own, and within the device's "
     "reach")
{
	static const size_t sizes[] = { 1, 4096, 4097, 65536, PAGE_SIZE << MAX_PAGE_ORDER };
	const u64 masks[] = { DMA_BIT_MASK(64), dma_zone_mask() };

	begin(0);
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
	expect_mistakes(0, "toy");
	end();
}

TEST("a coherent buffer that nothing can be found for is NULL; freeing NULL does nothing")
{
	dma_addr_t handle = 0x896;

	begin(PHYS_OFFSET | (PAGE_SIZE / 2 - 1)); // not even a page
	EXPECT_EQ(dma_reach_alloc(&reach, 100, &handle, GFP_KERNEL, 0), NULL);
	EXPECT_EQ(handle, 0x896);
	expect_mistakes(0, "toy");
	EXPECT_EQ(dma_reach_alloc(&reach, 0, &handle, GFP_KERNEL, 0), NULL);
	EXPECT_EQ(dma_reach_alloc(&reach, ~(size_t)0, &handle, GFP_KERNEL, 0), NULL);
	expect_mistakes(2, "a coherent buffer has 1 byte to 4 MB");
	dma_reach_free(&reach, 100, NULL, 0, 0);
	expect_mistakes(2, "a coherent buffer has 1 byte to 4 MB");
	end();
}

TEST("an unmap of what is not mapped is reported with the caller, and takes nothing away")
{
	char *buffer;
	dma_addr_t addr;

	if (!CONFIG_DEBUG)
		SKIP("release builds note no mappings");
	begin(DMA_BIT_MASK(64));
	buffer = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	addr = mapper(buffer, 64);
	unmapper(addr + 4, 64);
	expect_mistakes(1, "there is no such one");
	EXPECT_EQ(log_seen("by ktest_"), 1);
	EXPECT_EQ(reach.mapped, 1);
	unmapper(addr, 64);
	unmapper(addr, 64);
	expect_mistakes(2, "there is no such one");
	EXPECT_EQ(reach.mapped, 0);
	kfree(buffer);
	end();
}

TEST("an unmap with another size or direction, and a free of what was mapped, are reported with "
     "both callers")
{
	char *buffer;
	dma_addr_t addr;

	if (!CONFIG_DEBUG)
		SKIP("release builds note no mappings");
	begin(DMA_BIT_MASK(64));
	buffer = kmalloc(PAGE_SIZE, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	addr = mapper(buffer, PAGE_SIZE);
	unmapper(addr, 100);
	expect_mistakes(1, "there is a mapping of 4096 bytes, to the device, by ktest_");
	dma_reach_unmap(&reach, addr, PAGE_SIZE, DMA_FROM_DEVICE, __RETURN_ADDRESS);
	dma_reach_free(&reach, PAGE_SIZE, buffer, addr, __RETURN_ADDRESS);
	expect_mistakes(3, "there is a mapping of 4096 bytes, to the device, by ktest_");
	EXPECT_EQ(reach.mapped, 1);
	unmapper(addr, PAGE_SIZE);
	EXPECT_EQ(dma_mistakes - mistakes_before, 3);
	kfree(buffer);
	end();
}

TEST("a coherent buffer is not freed by a wrong size or bus address, and both are reported")
{
	dma_addr_t handle;
	char *cpu;

	if (!CONFIG_DEBUG)
		SKIP("release builds note no mappings");
	begin(DMA_BIT_MASK(64));
	cpu = dma_reach_alloc(&reach, 5000, &handle, GFP_KERNEL, __RETURN_ADDRESS);
	ASSERT_NE(cpu, NULL);
	dma_reach_free(&reach, 4000, cpu, handle, __RETURN_ADDRESS);
	expect_mistakes(1, "there is a coherent buffer of 5000 bytes");
	dma_reach_free(&reach, 5000, cpu, handle + 4096, __RETURN_ADDRESS);
	EXPECT_EQ(log_seen("its bus address is not"), 1);
	dma_reach_free(&reach, 5000, (void *)VMALLOC_START, handle, __RETURN_ADDRESS);
	EXPECT_EQ(log_seen("its bus address is not"), 2);
	EXPECT_EQ(page_ref_count(virt_to_page(cpu)), 1);
	dma_reach_free(&reach, 5000, cpu, handle, __RETURN_ADDRESS);
	EXPECT_EQ(dma_mistakes - mistakes_before, 3);
	end();
}

TEST("what a device still has when it leaves is counted, and in debug builds named with who gave "
     "it")
{
	char *buffer;
	dma_addr_t addr;

	begin(DMA_BIT_MASK(64));
	EXPECT_EQ(dma_reach_leaks(&reach), 0);
	buffer = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	addr = mapper(buffer, 64);
	EXPECT_EQ(dma_reach_leaks(&reach), 1);
	expect_mistakes(1, "given back");
	EXPECT_EQ(log_seen("by ktest_"), CONFIG_DEBUG);
	unmapper(addr, 64);
	EXPECT_EQ(dma_reach_leaks(&reach), 0);
	kfree(buffer);
	end();
}

TEST("two mappings of one address are two: each unmap takes the one that agrees")
{
	dma_addr_t one, two;
	char *buffer;

	begin(DMA_BIT_MASK(64));
	buffer = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	one = mapper(buffer, 64);
	two = mapper(buffer, 32);
	EXPECT_EQ(one, two);
	EXPECT_EQ(reach.mapped, 2);
	unmapper(one, 64);
	unmapper(two, 32);
	expect_mistakes(0, "toy");
	kfree(buffer);
	end();
}
