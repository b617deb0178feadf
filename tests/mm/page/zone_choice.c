// SPDX-License-Identifier: MIT
// Zones: which of them serves whom, and what a page of it is good for. When it is used up:
// tests/mm/page/zone_fallback.c.

#include <kernel/ktest.h>
#include <mm/gfp.h>

#include "free_state.h"

SUITE("zone_choice");

TEST("S085 W04 a page of ZONE_DMA has a linear address: the zone is the start of lowmem, no "
     "highmem")
{
	unsigned long address;
	struct page *page;

	free_state_begin();
	page = alloc_page(GFP_KERNEL | GFP_DMA);
	ASSERT_NE(page, NULL);
	address = (unsigned long)page_address(page);
	EXPECT_EQ(page_zonenum(page), ZONE_DMA);
	EXPECT_FALSE(PageHighMem(page));
	EXPECT_GE(address, PAGE_OFFSET);
	EXPECT_LT(address, PAGE_OFFSET + 16 * SZ_1M);
	EXPECT_EQ(address - PAGE_OFFSET, (unsigned long)(page_to_phys(page) - PHYS_OFFSET));
	__free_page(page);
	free_state_end();
}

TEST("S086 kernel memory comes from ZONE_NORMAL and has logical addresses: physical plus a "
     "constant")
{
	unsigned long addr;

	free_state_begin();
	addr = __get_free_pages(GFP_KERNEL, 4);
	ASSERT_NE(addr, 0);
	EXPECT_EQ(page_zonenum(virt_to_page((void *)addr)), ZONE_NORMAL);
	EXPECT_GE(addr, PAGE_OFFSET + 16 * SZ_1M);
	EXPECT_LT(addr, LOWMEM_END);
	EXPECT_EQ(__pa(addr), (phys_addr_t)(addr - PAGE_OFFSET) + PHYS_OFFSET);
	EXPECT_EQ(page_to_phys(virt_to_page((void *)addr)), __pa(addr));
	memset((void *)addr, 0x96, PAGE_SIZE << 4);
	free_pages(addr, 4);
	free_state_end();
}

TEST("S092 memory for the historic DMA hardware lies in the first 16 MB of RAM, up to 4 MB at once")
{
	free_state_begin();
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		unsigned long addr = __get_dma_pages(GFP_KERNEL | __GFP_NOWARN, order);

		if (order <= 8 || free_blocks(&zones[ZONE_DMA], order))
			EXPECT_NE(addr, 0);
		if (!addr)
			continue;
		EXPECT_LE(__pa(addr) + (PAGE_SIZE << order), PHYS_OFFSET + 16 * SZ_1M);
		free_pages(addr, order);
	}
	free_state_end();
}

TEST("S096 each zone has its own buddy lists of orders 0 to 10, and a block returns to its own")
{
	free_state_begin();
	pcp_stop();
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		const gfp_t gfp = i == ZONE_DMA ? GFP_DMA : i == ZONE_NORMAL ? 0 : __GFP_HIGHMEM;
		unsigned long before[MAX_NR_ZONES];
		struct page *page;

		EXPECT_EQ(ARRAY_SIZE(zones[i].free_area), 11);
		for (int j = 0; j < MAX_NR_ZONES; j++)
			before[j] = zones[j].free_pages;
		page = alloc_pages(gfp | __GFP_NOWARN, 3);
		if (!page || page_zonenum(page) != i) {
			EXPECT_EQ(zones[i].present_pages, 0);
			if (page)
				__free_pages(page, 3);
			continue;
		}
		for (int j = 0; j < MAX_NR_ZONES; j++)
			EXPECT_EQ(zones[j].free_pages, before[j] - (i == j ? 8 : 0));
		__free_pages(page, 3);
		for (int j = 0; j < MAX_NR_ZONES; j++)
			EXPECT_EQ(zones[j].free_pages, before[j]);
	}
	pcp_restart();
	free_state_end();
}

TEST("S097 the flags choose the zone: DMA, HIGHMEM, and NORMAL without either")
{
	EXPECT_EQ(gfp_zone(GFP_DMA), ZONE_DMA);
	EXPECT_EQ(gfp_zone(GFP_KERNEL | GFP_DMA), ZONE_DMA);
	EXPECT_EQ(gfp_zone(GFP_KERNEL), ZONE_NORMAL);
	EXPECT_EQ(gfp_zone(GFP_ATOMIC), ZONE_NORMAL);
	EXPECT_EQ(gfp_zone(GFP_NOWAIT), ZONE_NORMAL);
	EXPECT_EQ(gfp_zone(GFP_USER), ZONE_NORMAL);
	EXPECT_EQ(gfp_zone(GFP_HIGHUSER), ZONE_HIGHMEM);
	EXPECT_EQ(gfp_zone(GFP_HIGHUSER_MOVABLE), ZONE_HIGHMEM);
	EXPECT_EQ(gfp_zone(GFP_KERNEL | __GFP_HIGHMEM), ZONE_HIGHMEM);
	EXPECT_EQ(gfp_zone(__GFP_MOVABLE), ZONE_NORMAL);
	EXPECT_EQ(gfp_zone(GFP_DMA32), ZONE_NORMAL); // 64-bit only
}

TEST("S097 a lower zone keeps a reserve from requests that prefer a higher one, none from its own")
{
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		const unsigned int ratio = i == ZONE_DMA ? 256 : 32;
		unsigned long higher = 0;

		for (int j = 0; j <= i; j++)
			EXPECT_EQ(zones[i].lowmem_reserve[j], 0);
		for (int j = i + 1; j < MAX_NR_ZONES; j++) {
			higher += zones[j].managed_pages;
			EXPECT_EQ(zones[i].lowmem_reserve[j], higher / ratio);
		}
	}
}
