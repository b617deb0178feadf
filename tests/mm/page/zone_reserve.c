// SPDX-License-Identifier: MIT
// Watermarks: how much stays free for whom.

#include <kernel/ktest.h>
#include <lib/div64.h>

#include "free_state.h"
#include "page_chain.h"

SUITE("zone_reserve");

// The largest x with x * x <= n.
static unsigned long root(unsigned long n)
{
	unsigned long x = 0;

	while ((u64)(x + 1) * (x + 1) <= n)
		x++;
	return x;
}

TEST("S145 the min watermarks are 4 * sqrt(lowmem in kB), shared out by size; low and high lie "
     "above")
{
	const unsigned long lowmem =
		zones[ZONE_DMA].managed_pages + zones[ZONE_NORMAL].managed_pages;
	const unsigned long min_free_kb = root(lowmem * 4 * 16);

	for (int i = 0; i < MAX_NR_ZONES; i++) {
		const unsigned long *mark = zones[i]._watermark, managed = zones[i].managed_pages;

		if (i == ZONE_HIGHMEM)
			EXPECT_EQ(mark[WMARK_MIN], max(32UL, min(128UL, managed / 1024)));
		else
			EXPECT_EQ(mark[WMARK_MIN],
				  (unsigned long)div_u64((u64)(min_free_kb / 4) * managed, lowmem));
		EXPECT_EQ(mark[WMARK_LOW], mark[WMARK_MIN] * 5 / 4);
		EXPECT_EQ(mark[WMARK_HIGH], mark[WMARK_MIN] * 3 / 2);
		// A highmem of 1 MB keeps a fifth of itself, as Linux's formula has it.
		if (populated_zone(&zones[i]) && i != ZONE_HIGHMEM)
			EXPECT_LT(mark[WMARK_HIGH], managed / 8);
	}
}

// What GFP_ATOMIC may not touch either: 3/8 of the min watermark.
static unsigned long atomic_floor(const struct zone *zone)
{
	const unsigned long mark = zone->_watermark[WMARK_MIN];
	const unsigned long half = mark - mark / 2;

	return half - half / 4;
}

TEST("S133 W27 GFP_KERNEL stops at the min watermark, GFP_ATOMIC goes on to 3/8 of it, and is "
     "counted")
{
	struct zone *normal = &zones[ZONE_NORMAL], *dma = &zones[ZONE_DMA];
	unsigned long used, high;
	PAGE_CHAIN(chain);

	free_state_begin();
	pcp_stop();
	high = zones[ZONE_HIGHMEM].free_pages;
	chain_take_all(&chain, GFP_KERNEL);
	EXPECT_EQ(normal->free_pages, normal->_watermark[WMARK_MIN]);
	EXPECT_EQ(alloc_page(GFP_KERNEL | __GFP_NOWARN), NULL);
	EXPECT_EQ(alloc_page(GFP_NOWAIT | __GFP_NOWARN), NULL);
	EXPECT_EQ(alloc_page(GFP_USER | __GFP_NOWARN), NULL);
	used = normal->atomic_used + dma->atomic_used;
	for (unsigned long n = 1; normal->free_pages > atomic_floor(normal); n++) {
		struct page *page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);

		ASSERT_NE(page, NULL);
		EXPECT_EQ(page_zonenum(page), ZONE_NORMAL);
		EXPECT_EQ(normal->atomic_used + dma->atomic_used, used + n);
		chain_add(&chain, page, 0);
	}
	EXPECT_EQ(alloc_page(GFP_KERNEL | __GFP_NOWARN), NULL);
	chain_take_all(&chain, GFP_ATOMIC);
	EXPECT_EQ(normal->free_pages, atomic_floor(normal));
	EXPECT_LE(dma->free_pages, atomic_floor(dma) + dma->lowmem_reserve[ZONE_NORMAL]);
	EXPECT_EQ(alloc_page(GFP_ATOMIC | __GFP_NOWARN), NULL);
	EXPECT_EQ(zones[ZONE_HIGHMEM].free_pages, high);
	EXPECT_TRUE(chain_is_whole(&chain));
	chain_free(&chain);
	pcp_restart();
	free_state_end();
}

TEST("S133 the reserve is there again once memory was freed, and GFP_KERNEL works again")
{
	unsigned long used;
	struct page *page;
	PAGE_CHAIN(chain);

	free_state_begin();
	pcp_stop();
	chain_take_all(&chain, GFP_ATOMIC);
	EXPECT_EQ(alloc_page(GFP_KERNEL | __GFP_NOWARN), NULL);
	while (!list_empty(&chain.blocks) &&
	       zones[ZONE_NORMAL].free_pages <= zones[ZONE_NORMAL]._watermark[WMARK_MIN])
		chain_drop(&chain);
	used = zones[ZONE_NORMAL].atomic_used;
	page = alloc_page(GFP_KERNEL | __GFP_NOWARN);
	ASSERT_NE(page, NULL);
	EXPECT_EQ(zones[ZONE_NORMAL].atomic_used, used); // not from the reserve
	__free_page(page);
	chain_free(&chain);
	pcp_restart();
	free_state_end();
}

TEST("S133 half of the reserve is for __GFP_HIGH alone")
{
	const struct zone *normal = &zones[ZONE_NORMAL];
	const unsigned long mark = normal->_watermark[WMARK_MIN];
	PAGE_CHAIN(chain);

	free_state_begin();
	pcp_stop();
	chain_take_all(&chain, GFP_NOWAIT | __GFP_HIGH);
	EXPECT_EQ(normal->free_pages, mark - mark / 2);
	chain_free(&chain);
	pcp_restart();
	free_state_end();
}

TEST("S145 the lists at hand are not filled from the reserve")
{
	const struct zone *normal = &zones[ZONE_NORMAL];
	PAGE_CHAIN(chain);

	free_state_begin();
	chain_take_all(&chain, GFP_KERNEL);
	EXPECT_GE(normal->free_pages, normal->_watermark[WMARK_MIN]);
	EXPECT_EQ(alloc_page(GFP_KERNEL | __GFP_NOWARN), NULL);
	for (unsigned int order = 0; order < PCP_ORDERS; order++)
		EXPECT_EQ(normal->pcp[order].count, 0);
	chain_take(&chain, GFP_ATOMIC, 0, 5);
	EXPECT_EQ(normal->pcp[0].count, 0);
	EXPECT_TRUE(chain_is_whole(&chain));
	chain_free(&chain);
	free_state_end();
}

// With the lists at hand switched off: makes this the number of the zone's free pages.
static void set_free_pages(struct page_chain *chain, const struct zone *zone, unsigned long pages)
{
	while (zone->free_pages < pages && chain->count > 0)
		chain_drop(chain);
	while (zone->free_pages > pages && chain_take(chain, GFP_KERNEL, 0, 1) == 1)
		;
	EXPECT_EQ(zone->free_pages, pages);
}

TEST("S145 the lists at hand are filled from what lies above the low watermark, and from nothing "
     "below it")
{
	const struct zone *normal = &zones[ZONE_NORMAL];
	const unsigned long low = normal->_watermark[WMARK_LOW];
	const struct per_cpu_pages *pcp = &normal->pcp[0];
	PAGE_CHAIN(chain);

	free_state_begin();
	pcp_restart();
	const int batch = pcp->batch;

	pcp_stop();
	chain_take_all(&chain, GFP_KERNEL);
	set_free_pages(&chain, normal, low + batch + 1);
	pcp_restart();
	chain_take(&chain, GFP_KERNEL, 0, 1);
	EXPECT_EQ(pcp->count, batch);
	EXPECT_EQ(normal->free_pages, low);
	pcp_stop();
	set_free_pages(&chain, normal, low + 1);
	pcp_restart();
	chain_take(&chain, GFP_KERNEL, 0, 1);
	EXPECT_EQ(pcp->count, 0);
	EXPECT_EQ(normal->free_pages, low);
	chain_free(&chain);
	free_state_end();
}

TEST("S145 small blocks at hand are given back before a large request fails")
{
	const struct zone *normal = &zones[ZONE_NORMAL];
	struct page *block, *page;
	PAGE_CHAIN(chain);

	free_state_begin();
	block = alloc_pages(GFP_KERNEL, 5);
	ASSERT_NE(block, NULL);
	chain_take_all(&chain, GFP_KERNEL);
	EXPECT_EQ(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 5), NULL);
	// 32 pages come back one by one, and some of them stay at hand.
	__free_pages(block, 5);
	EXPECT_EQ(chain_take(&chain, GFP_KERNEL, 0, 33), 32);
	for (int i = 0; i < 32; i++)
		chain_drop(&chain);
	EXPECT_GT(normal->pcp[0].count, 0);
	EXPECT_LT(normal->free_pages, normal->_watermark[WMARK_MIN] + 32);
	page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 5);
	EXPECT_NE(page, NULL);
	EXPECT_EQ(normal->pcp[0].count, 0);
	if (page)
		__free_pages(page, 5);
	chain_free(&chain);
	free_state_end();
}
