// SPDX-License-Identifier: MIT
// What debug builds say of maps and unmaps of memory for devices that do not agree.

#include <kernel/ktest.h>
#include <mm/slab.h>

#include "toy_dma.h"
#include "log_watch.h"

SUITE("dma_mistakes");

TEST("an unmap of what is not mapped is reported with the caller, and takes nothing away")
{
	char *buffer;
	dma_addr_t addr;

	if (!CONFIG_DEBUG)
		SKIP("release builds note no mappings");
	dma_begin(DMA_BIT_MASK(64));
	buffer = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	addr = dma_mapper(buffer, 64);
	dma_unmapper(addr + 4, 64);
	dma_expect_mistakes(1, "there is no such one");
	EXPECT_EQ(log_seen("by ktest_"), 1);
	EXPECT_EQ(reach.mapped, 1);
	dma_unmapper(addr, 64);
	dma_unmapper(addr, 64);
	dma_expect_mistakes(2, "there is no such one");
	EXPECT_EQ(reach.mapped, 0);
	kfree(buffer);
	dma_end();
}

TEST("an unmap with another size or direction, and a free of what was mapped, are reported with "
     "both callers")
{
	char *buffer;
	dma_addr_t addr;

	if (!CONFIG_DEBUG)
		SKIP("release builds note no mappings");
	dma_begin(DMA_BIT_MASK(64));
	buffer = kmalloc(PAGE_SIZE, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	addr = dma_mapper(buffer, PAGE_SIZE);
	dma_unmapper(addr, 100);
	dma_expect_mistakes(1, "there is a mapping of 4096 bytes, to the device, by ktest_");
	dma_reach_unmap(&reach, addr, PAGE_SIZE, DMA_FROM_DEVICE, __RETURN_ADDRESS);
	dma_reach_free(&reach, PAGE_SIZE, buffer, addr, __RETURN_ADDRESS);
	dma_expect_mistakes(3, "there is a mapping of 4096 bytes, to the device, by ktest_");
	EXPECT_EQ(reach.mapped, 1);
	dma_unmapper(addr, PAGE_SIZE);
	EXPECT_EQ(dma_mistakes_made(), 3);
	kfree(buffer);
	dma_end();
}

TEST("a coherent buffer is not freed by a wrong size or bus address, and both are reported")
{
	dma_addr_t handle;
	char *cpu;

	if (!CONFIG_DEBUG)
		SKIP("release builds note no mappings");
	dma_begin(DMA_BIT_MASK(64));
	cpu = dma_reach_alloc(&reach, 5000, &handle, GFP_KERNEL, __RETURN_ADDRESS);
	ASSERT_NE(cpu, NULL);
	dma_reach_free(&reach, 4000, cpu, handle, __RETURN_ADDRESS);
	dma_expect_mistakes(1, "there is a coherent buffer of 5000 bytes");
	dma_reach_free(&reach, 5000, cpu, handle + 4096, __RETURN_ADDRESS);
	EXPECT_EQ(log_seen("its bus address is not"), 1);
	dma_reach_free(&reach, 5000, (void *)VMALLOC_START, handle, __RETURN_ADDRESS);
	EXPECT_EQ(log_seen("its bus address is not"), 2);
	EXPECT_EQ(page_ref_count(virt_to_page(cpu)), 1);
	dma_reach_free(&reach, 5000, cpu, handle, __RETURN_ADDRESS);
	EXPECT_EQ(dma_mistakes_made(), 3);
	dma_end();
}

TEST("what a device still has when it leaves is counted, and in debug builds named with who gave "
     "it")
{
	char *buffer;
	dma_addr_t addr;

	dma_begin(DMA_BIT_MASK(64));
	EXPECT_EQ(dma_reach_leaks(&reach), 0);
	buffer = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	addr = dma_mapper(buffer, 64);
	EXPECT_EQ(dma_reach_leaks(&reach), 1);
	dma_expect_mistakes(1, "given back");
	EXPECT_EQ(log_seen("by ktest_"), CONFIG_DEBUG);
	dma_unmapper(addr, 64);
	EXPECT_EQ(dma_reach_leaks(&reach), 0);
	kfree(buffer);
	dma_end();
}

TEST("two mappings of one address are two: each unmap takes the one that agrees")
{
	dma_addr_t one, two;
	char *buffer;

	dma_begin(DMA_BIT_MASK(64));
	buffer = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	one = dma_mapper(buffer, 64);
	two = dma_mapper(buffer, 32);
	EXPECT_EQ(one, two);
	EXPECT_EQ(reach.mapped, 2);
	dma_unmapper(one, 64);
	dma_unmapper(two, 32);
	dma_expect_mistakes(0, "toy");
	kfree(buffer);
	dma_end();
}
