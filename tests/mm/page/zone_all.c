// SPDX-License-Identifier: MIT
// All of memory handed out: what nobody may have, the kernel, initrd, firmware's area, is not in it.

#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <mm/memblock.h>

#include "free_state.h"
#include "page_chain.h"

SUITE("zone_all");

struct tally {
	unsigned long pages[MAX_NR_ZONES];
	unsigned long not_ram, reserved, wrong_zone, unaligned, odd;
};

static int zone_of(pfn_t pfn)
{
	const pfn_t start = PFN_DOWN(PHYS_OFFSET);

	return pfn < start + 4096                              ? ZONE_DMA
	       : pfn < start + (LOWMEM_MAX_SIZE >> PAGE_SHIFT) ? ZONE_NORMAL
							       : ZONE_HIGHMEM;
}

static void tally_blocks(const struct page_chain *chain, struct tally *t)
{
	const struct page *page;

	memset(t, 0, sizeof(*t));
	list_for_each_entry (page, &chain->blocks, lru) {
		const pfn_t pfn = page_to_pfn(page);
		const unsigned long n = 1UL << page->private;

		t->pages[page_zonenum(page)] += n;
		t->not_ram += !memblock_is_ram(PFN_PHYS(pfn), (u64)n << PAGE_SHIFT);
		t->reserved += memblock_is_reserved(PFN_PHYS(pfn), (u64)n << PAGE_SHIFT);
		t->wrong_zone += page_zonenum(page) != zone_of(pfn) ||
				 page_zonenum(page) != zone_of(pfn + n - 1);
		t->unaligned += !IS_ALIGNED(pfn - min_low_pfn, n);
		t->odd += (page->flags & ~(PG_ORDER_MASK | 3u << PG_ZONE_SHIFT)) != 0;
	}
}

static void expect_right(const struct tally *t)
{
	EXPECT_EQ(t->not_ram, 0);
	EXPECT_EQ(t->reserved, 0);
	EXPECT_EQ(t->wrong_zone, 0);
	EXPECT_EQ(t->unaligned, 0);
	EXPECT_EQ(t->odd, 0);
}

static void empty_zone(int i)
{
	static const gfp_t gfp[] = { GFP_DMA, GFP_KERNEL, GFP_HIGHUSER };
	unsigned long free[MAX_NR_ZONES];
	PAGE_CHAIN(chain);
	struct tally t;

	free_state_begin();
	pcp_stop();
	reserves_stop();
	// The lower zones are put out of reach, so that only this one serves.
	for (int j = 0; j < MAX_NR_ZONES; j++) {
		free[j] = zones[j].free_pages;
		if (j < i)
			zones[j]._watermark[WMARK_MIN] = 1UL << 24;
	}
	EXPECT_EQ(chain_take_all(&chain, gfp[i]), free[i]);
	EXPECT_TRUE(chain_is_whole(&chain));
	for (int j = 0; j < MAX_NR_ZONES; j++)
		EXPECT_EQ(zones[j].free_pages, i == j ? 0 : free[j]);
	tally_blocks(&chain, &t);
	expect_right(&t);
	EXPECT_EQ(t.pages[i], free[i]);
	EXPECT_EQ(alloc_page(gfp[i] | __GFP_NOWARN), NULL);
	EXPECT_EQ(zones[i].free_orders, 0);
	EXPECT_EQ(zones[i].pristine_blocks, 0);
	buddy_check();
	chain_free(&chain);
	reserves_restart();
	pcp_restart();
	free_state_end();
}

TEST("S082 all of ZONE_DMA: every page is RAM below 16 MB, none is reserved, none comes twice")
{
	empty_zone(ZONE_DMA);
}

TEST("S083 all of ZONE_NORMAL: every page is RAM of lowmem, none is reserved, none comes twice")
{
	empty_zone(ZONE_NORMAL);
}

TEST("S084 all of ZONE_HIGHMEM: every page is RAM above lowmem, none is reserved, none comes twice")
{
	empty_zone(ZONE_HIGHMEM);
}

// Whether a block of the chain touches [start, end).
static bool chain_touches(const struct page_chain *chain, u64 start, u64 end)
{
	const struct page *page;

	list_for_each_entry (page, &chain->blocks, lru) {
		const u64 from = page_to_phys(page);

		if (from < end && from + (PAGE_SIZE << page->private) > start)
			return true;
	}
	return false;
}

TEST("with all of memory handed out, the kernel, the struct pages and every reservation are not in "
     "it")
{
	const struct memblock_range *r;
	PAGE_CHAIN(chain);

	free_state_begin();
	pcp_stop();
	reserves_stop();
	EXPECT_EQ(nr_free_pages(), chain_take_all(&chain, GFP_HIGHUSER));
	EXPECT_EQ(nr_free_pages(), 0);
	EXPECT_FALSE(chain_touches(&chain, __pa(_start), __pa(_end)));
	EXPECT_FALSE(chain_touches(&chain, __pa(mem_map), __pa(mem_map) + mem_map_size));
	EXPECT_FALSE(chain_touches(&chain, 0, PHYS_OFFSET));
	for (int i = 0; (r = memblock_reserved(i)) != NULL; i++)
		EXPECT_FALSE(chain_touches(&chain, r->start, r->end));
	// On a PC that is the BIOS's area and the video memory, below 1 MB.
	for (int i = 0; (r = memblock_ram(i)) != NULL && memblock_ram(i + 1); i++)
		EXPECT_FALSE(chain_touches(&chain, r->end, memblock_ram(i + 1)->start));
	chain_free(&chain);
	reserves_restart();
	pcp_restart();
	free_state_end();
}

TEST("S137 all of memory taken as single blocks and given back in the order of taking: all as "
     "before")
{
	PAGE_CHAIN(small);
	PAGE_CHAIN(large);

	free_state_begin();
	for (unsigned int order = 0; order < MAX_PAGE_ORDER; order++)
		chain_take(&small, GFP_HIGHUSER, order, 40 + order);
	chain_take_all(&large, GFP_HIGHUSER);
	EXPECT_TRUE(chain_is_whole(&small));
	EXPECT_TRUE(chain_is_whole(&large));
	buddy_check();
	chain_free(&small);
	chain_free(&large);
	free_state_end();
}
