// SPDX-License-Identifier: MIT
// Between virtual and physical addresses: what the linear map can say, and what it cannot.

#include <arch/layout.h>
#include <arch/pt.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/memblock.h>
#include <mm/page.h>
#include <mm/pgtable.h>
#include <mm/slab.h>

#include "log_watch.h"

SUITE("addr");

TEST("S024 S045 a page has 4,096 bytes; a frame's number is its physical address without the 12 "
     "bits within it")
{
	const phys_addr_t pa = 0x12345678;

	EXPECT_EQ(PAGE_SIZE, 4096);
	EXPECT_EQ(PAGE_SHIFT, 12);
	EXPECT_EQ(PAGE_MASK, 0xfffff000);
	EXPECT_EQ(PFN_DOWN(pa), 0x12345);
	EXPECT_EQ(PFN_UP(pa), 0x12346);
	EXPECT_EQ(PFN_UP(PFN_PHYS(0x12345)), 0x12345);
	EXPECT_EQ(PFN_PHYS(PFN_DOWN(pa)) + (pa & ~(phys_addr_t)PAGE_MASK), pa);
	EXPECT_EQ(PFN_DOWN(BIT_ULL(PHYS_BITS) - 1), (pfn_t)(BIT_ULL(PHYS_BITS - PAGE_SHIFT) - 1));
	EXPECT_EQ(PFN_UP(0xfffff001), 0x100000); // the sum would have 33 bits
}

TEST("an address beyond what frame numbers can say is none of RAM, and wraps to no low frame")
{
	const u64 frames = BIT_ULL(32 + PAGE_SHIFT);

	EXPECT_EQ(PFN_DOWN(frames), PFN_BEYOND);
	EXPECT_EQ(PFN_DOWN(frames + 0x12345678), PFN_BEYOND);
	EXPECT_EQ(PFN_DOWN(~0ULL), PFN_BEYOND);
	EXPECT_EQ(PFN_UP(frames - 1), PFN_BEYOND);
	EXPECT_EQ(PFN_UP(~0ULL), PFN_BEYOND);
	EXPECT_FALSE(pfn_valid(PFN_BEYOND));
	EXPECT_LT(PFN_DOWN(MEMBLOCK_END), PFN_BEYOND);
	EXPECT_LE(ALIGN((u64)PFN_DOWN(MEMBLOCK_END), SZ_4M >> PAGE_SHIFT), PFN_BEYOND);
}

TEST("S039 virt_to_phys and phys_to_virt undo each other over lowmem, whose first frame lies at "
     "PAGE_OFFSET")
{
	unsigned long checked = 0;

	for (pfn_t pfn = min_low_pfn; pfn < max_low_pfn; pfn += 97) {
		const phys_addr_t pa = PFN_PHYS(pfn);

		if (!pfn_valid(pfn))
			continue;
		EXPECT_EQ((unsigned long)phys_to_virt(pa),
			  PAGE_OFFSET + ((pfn - min_low_pfn) << PAGE_SHIFT));
		EXPECT_EQ(virt_to_phys(phys_to_virt(pa)), pa);
		checked++;
	}
	EXPECT_GT(checked, 50);
}

TEST("S052 virt_to_phys holds for kmalloc: the page of the address is the frame of the result")
{
	char *p = kmalloc(100, GFP_KERNEL);
	phys_addr_t pa;

	ASSERT_NE(p, NULL);
	EXPECT_EQ(PFN_DOWN(virt_to_phys(p)), page_to_pfn(virt_to_page(p)));
	for (int i = 0; i < 100; i += 99) { // the page tables say the same
		ASSERT_TRUE(pt_query(kernel_root, (unsigned long)p + i, &pa, NULL) >= 0);
		EXPECT_EQ(virt_to_phys(p + i), pa);
	}
	kfree(p);
}

TEST("S052 W31 debug builds reject an address that is not linear: user, vmalloc, pkmap, fixmap, "
     "NULL")
{
	static const unsigned long strangers[] = {
		0, 0x1000, PAGE_OFFSET - 1, VMALLOC_START, PKMAP_BASE, FIXADDR_START
	};
	const unsigned long before = addr_mistakes;

	if (!CONFIG_DEBUG)
		SKIP("release builds do not look");
	log_watch_begin();
	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++)
		EXPECT_EQ(virt_to_phys((void *)strangers[i]), PHYS_ADDR_NONE);
	log_watch_end();
	EXPECT_EQ(addr_mistakes - before, ARRAY_SIZE(strangers));
	EXPECT_TRUE(log_seen("virt_to_phys(f8800000): no linear address, but vmalloc") > 0);
}

TEST("S009 W07 debug builds reject a physical address that has no linear one: highmem, no RAM")
{
	const unsigned long before = addr_mistakes;
	unsigned long expected = 1;

	if (!CONFIG_DEBUG)
		SKIP("release builds do not look");
	log_watch_begin();
	EXPECT_EQ(phys_to_virt(PHYS_ADDR_NONE), NULL);
	if (max_pfn > max_low_pfn) {
		EXPECT_EQ(phys_to_virt(PFN_PHYS(max_pfn - 1)), NULL);
		expected++;
	}
	log_watch_end();
	EXPECT_EQ(addr_mistakes - before, expected);
	EXPECT_TRUE(log_seen("no RAM with a linear address") > 0);
}
