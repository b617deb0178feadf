// SPDX-License-Identifier: MIT
// struct page and mem_map: one for each frame, and the ways to and from it.

#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <mm/fixmap.h>
#include <mm/memblock.h>

#include "free_state.h"

SUITE("page");

TEST("S098 S115 there is one struct page for every 4 KB frame of RAM: 1,048,576 for 4 GB")
{
	const struct memblock_range *r;
	unsigned long present = 0;
	u64 frames = 0;

	EXPECT_EQ(PAGE_SIZE, 4096);
	EXPECT_EQ(4096ULL * 1048576, BIT_ULL(32));
	for (int i = 0; (r = memblock_ram(i)) != NULL; i++) {
		const struct page *first = pfn_to_page(PFN_DOWN(r->start));

		frames += (r->end - r->start) >> PAGE_SHIFT;
		EXPECT_EQ(pfn_to_page(PFN_DOWN(r->end)) - first,
			  (unsigned long)((r->end - r->start) >> PAGE_SHIFT));
		EXPECT_TRUE(pfn_valid(PFN_DOWN(r->start)));
		EXPECT_TRUE(pfn_valid(PFN_DOWN(r->end) - 1));
	}
	for (int i = 0; i < MAX_NR_ZONES; i++)
		present += zones[i].present_pages;
	EXPECT_EQ((u64)present, frames);
	EXPECT_GE((u64)(max_pfn - min_low_pfn), frames);
}

TEST("S099 a frame is the smallest unit: the next struct page is the next 4,096 bytes")
{
	struct page *page;

	free_state_begin();
	page = alloc_pages(GFP_KERNEL, 1);
	ASSERT_NE(page, NULL);
	EXPECT_EQ(page_to_phys(page + 1) - page_to_phys(page), 4096);
	EXPECT_EQ((char *)page_address(page + 1) - (char *)page_address(page), 4096);
	__free_pages(page, 1);
	free_state_end();
}

TEST("S100 W15 a second virtual address of a frame shows the same bytes and needs no struct page")
{
	const pfn_t end = max_pfn;
	struct page *page;
	u32 *linear, *alias;

	free_state_begin();
	page = alloc_page(GFP_KERNEL);
	ASSERT_NE(page, NULL);
	linear = page_address(page);
	alias = set_fixmap(FIX_TEST, page_to_phys(page), PAGE_KERNEL);
	EXPECT_NE(alias, linear);
	WRITE_ONCE(*alias, 0x896);
	EXPECT_EQ(READ_ONCE(*linear), 0x896);
	EXPECT_EQ(max_pfn, end);
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_EQ(page_mapcount(page), 0); // it counts user mappings only
	EXPECT_FALSE(virt_addr_valid(alias));
	clear_fixmap(FIX_TEST);
	__free_page(page);
	free_state_end();
}

TEST("S102 W18 the fields: flags, _refcount, _mapcount, lru, mapping, index, private, and no "
     "virtual")
{
	const struct page *page = mem_map;

	EXPECT_EQ(sizeof(page->flags), 4);
	EXPECT_EQ(sizeof(page->_refcount), 4);
	EXPECT_EQ(sizeof(page->_mapcount), 4);
	EXPECT_EQ(sizeof(page->lru), 8);
	EXPECT_EQ(sizeof(page->mapping), 4);
	EXPECT_EQ(sizeof(page->index), 4);
	EXPECT_EQ(sizeof(page->private), 4);
	// Nothing is left of the 32 bytes for a `virtual`: page_address() computes it.
	EXPECT_EQ(sizeof(struct page), 4 + 4 + 4 + 8 + 4 + 4 + 4);
}

TEST("S105 S112 S113 W14 page_address() is the linear address in lowmem, and NULL in highmem")
{
	struct page *low, *high;

	free_state_begin();
	low = alloc_page(GFP_KERNEL);
	ASSERT_NE(low, NULL);
	EXPECT_EQ(page_address(low), phys_to_virt(page_to_phys(low)));
	EXPECT_TRUE(virt_addr_valid(page_address(low)));
	__free_page(low);
	high = alloc_page(GFP_HIGHUSER);
	ASSERT_NE(high, NULL);
	EXPECT_EQ(PageHighMem(high), populated_zone(&zones[ZONE_HIGHMEM]));
	EXPECT_EQ(page_address(high) == NULL, PageHighMem(high));
	__free_page(high);
	free_state_end();
}

TEST("S107 W66 one mem_map for all of RAM: its first element is the first frame")
{
	EXPECT_EQ(page_to_pfn(mem_map), PFN_DOWN(PHYS_OFFSET));
	EXPECT_EQ(page_to_phys(mem_map), PHYS_OFFSET);
	EXPECT_EQ(pfn_to_page(max_pfn - 1) - mem_map, max_pfn - min_low_pfn - 1);
	EXPECT_TRUE(is_struct_page(mem_map));
	EXPECT_TRUE(is_struct_page(pfn_to_page(max_pfn - 1)));
	EXPECT_FALSE(is_struct_page(mem_map - 1));
	EXPECT_FALSE(is_struct_page(pfn_to_page(max_pfn)));
	EXPECT_FALSE(is_struct_page(NULL));
}

TEST("S108 S111 S114 virt_to_page() and page_to_virt() are each other's reverse all over lowmem")
{
	const unsigned long size = (max_low_pfn - min_low_pfn) << PAGE_SHIFT;
	unsigned long wrong = 0;

	for (unsigned long va = PAGE_OFFSET; va - PAGE_OFFSET < size; va += PAGE_SIZE) {
		const struct page *page = virt_to_page((void *)va);

		wrong += page_to_virt(page) != (void *)va;
		wrong += virt_to_page((void *)(va + PAGE_SIZE - 1)) != page;
		wrong += page_to_phys(page) != __pa(va);
	}
	EXPECT_EQ(wrong, 0);
}

TEST("S108 an address outside of lowmem is none for virt_to_page(): virt_addr_valid() says so")
{
	const phys_addr_t low = PFN_PHYS(max_low_pfn) - PHYS_OFFSET;

	EXPECT_TRUE(virt_addr_valid(_stext));
	EXPECT_FALSE(virt_addr_valid(NULL));
	EXPECT_FALSE(virt_addr_valid((void *)(PAGE_OFFSET - 1)));
	EXPECT_FALSE(virt_addr_valid((void *)LOWMEM_END));
	EXPECT_FALSE(virt_addr_valid((void *)VMALLOC_START));
	EXPECT_FALSE(virt_addr_valid((void *)~0UL));
	EXPECT_TRUE(virt_addr_valid((void *)(PAGE_OFFSET + (unsigned long)low - 1)));
	EXPECT_FALSE(virt_addr_valid((void *)(PAGE_OFFSET + (unsigned long)low)));
}

TEST("S008 S109 S110 pfn_to_page() and page_to_pfn() are each other's reverse for every frame; "
     "pfn_valid() knows where RAM begins and ends")
{
	const struct memblock_range *ram;
	unsigned long wrong = 0;

	for (pfn_t pfn = min_low_pfn; pfn < max_pfn; pfn++) {
		wrong += page_to_pfn(pfn_to_page(pfn)) != pfn;
		wrong += phys_to_page(PFN_PHYS(pfn) + 4095) != pfn_to_page(pfn);
		wrong += pfn_to_page(pfn) - mem_map != pfn - min_low_pfn;
	}
	EXPECT_EQ(wrong, 0);
	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++) {
		const pfn_t first = PFN_DOWN(ram->start), end = PFN_DOWN(ram->end);

		EXPECT_TRUE(pfn_valid(first) && pfn_valid(end - 1));
		EXPECT_TRUE(pfn_valid(first + (end - first) / 2));
		EXPECT_FALSE(pfn_valid(first - 1) || pfn_valid(end)); // ranges that touch are one
	}
	EXPECT_FALSE(pfn_valid(min_low_pfn - 1));
	EXPECT_TRUE(pfn_valid(max_pfn - 1));
	EXPECT_FALSE(pfn_valid(max_pfn));
	EXPECT_FALSE(pfn_valid(~0UL));
}

TEST("S116 W19 struct page takes 32 bytes: mem_map takes 32 MB for 4 GB, not 64, and lies in "
     "lowmem")
{
	const phys_addr_t pa = __pa(mem_map);
	const unsigned long size = (max_pfn - min_low_pfn) * sizeof(struct page);
	const struct memblock_range *r;
	u64 reserved = 0;

	EXPECT_EQ(sizeof(struct page), 32);
	EXPECT_EQ(1UL << PAGE_STRUCT_SHIFT, sizeof(struct page));
	EXPECT_EQ(1048576 * sizeof(struct page), 32 * SZ_1M);
	EXPECT_TRUE(virt_addr_valid(mem_map));
	EXPECT_TRUE(virt_addr_valid((char *)mem_map + size - 1));
	for (int i = 0; (r = memblock_reserved(i)) != NULL; i++)
		if (r->start <= pa && pa < r->end)
			reserved = r->end - pa;
	EXPECT_GE(reserved, (u64)size);
}
