// SPDX-License-Identifier: MIT
// Which zone serves when the first choice is used up: a lower one, never a higher one.

#include <kernel/ktest.h>

#include "free_state.h"
#include "log_watch.h"
#include "page_chain.h"

SUITE("zone_fallback");

static const gfp_t flags_of[] = { GFP_DMA, GFP_KERNEL, GFP_HIGHUSER };

TEST("S097 a request that is used up in its own zone never takes from a higher one")
{
	free_state_begin();
	pcp_stop();
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		unsigned long free[MAX_NR_ZONES];
		PAGE_CHAIN(chain);

		for (int j = 0; j < MAX_NR_ZONES; j++)
			free[j] = zones[j].free_pages;
		chain_take_all(&chain, flags_of[i]);
		EXPECT_TRUE(chain_is_whole(&chain));
		EXPECT_EQ(alloc_page(flags_of[i] | __GFP_NOWARN), NULL);
		for (int j = i + 1; j < MAX_NR_ZONES; j++)
			EXPECT_EQ(zones[j].free_pages, free[j]);
		if (i < ZONE_HIGHMEM && populated_zone(&zones[i + 1])) {
			struct page *page = alloc_page(flags_of[i + 1]);

			ASSERT_NE(page, NULL); // there would have been memory
			EXPECT_EQ(page_zonenum(page), i + 1);
			__free_page(page);
		}
		chain_free(&chain);
	}
	pcp_restart();
	free_state_end();
}

TEST("S089 S097 GFP_HIGHUSER takes HighMem first, then Normal, then DMA, and leaves each its "
     "reserve")
{
	int zone = MAX_NR_ZONES - 1, upwards = 0;
	unsigned long taken[MAX_NR_ZONES] = { 0 }, whole;
	struct page *page;
	PAGE_CHAIN(chain);

	free_state_begin();
	pcp_stop();
	// Page tables that other tests have left, in odd pieces, may have spoilt all of a few blocks.
	whole = free_blocks(&zones[ZONE_NORMAL], MAX_PAGE_ORDER) +
		free_blocks(&zones[ZONE_HIGHMEM], MAX_PAGE_ORDER);
	while ((page = alloc_pages(GFP_HIGHUSER | __GFP_NOWARN, MAX_PAGE_ORDER)) != NULL) {
		upwards += page_zonenum(page) > zone;
		zone = page_zonenum(page);
		taken[zone]++;
		chain_add(&chain, page, MAX_PAGE_ORDER);
	}
	EXPECT_EQ(upwards, 0);
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		const unsigned long keep =
			zones[i]._watermark[WMARK_MIN] + zones[i].lowmem_reserve[ZONE_HIGHMEM];

		EXPECT_TRUE(free_blocks(&zones[i], MAX_PAGE_ORDER) == 0 ||
			    zones[i].free_pages < keep + BLOCK_PAGES);
		if (taken[i])
			EXPECT_GE(zones[i].free_pages, keep);
	}
	EXPECT_EQ(taken[ZONE_NORMAL] + taken[ZONE_HIGHMEM] > 0, whole > 0);
	chain_take_all(&chain, GFP_HIGHUSER);
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		const unsigned long keep =
			zones[i]._watermark[WMARK_MIN] + zones[i].lowmem_reserve[ZONE_HIGHMEM];

		if (populated_zone(&zones[i]))
			EXPECT_LE(zones[i].free_pages, keep);
	}
	chain_free(&chain);
	pcp_restart();
	free_state_end();
}

TEST("S086 S097 GFP_KERNEL takes Normal first, then DMA down to what is kept for GFP_DMA")
{
	const struct zone *dma = &zones[ZONE_DMA], *normal = &zones[ZONE_NORMAL];
	const unsigned long keep = dma->_watermark[WMARK_MIN] + dma->lowmem_reserve[ZONE_NORMAL];
	PAGE_CHAIN(chain);
	unsigned long dma_free;

	free_state_begin();
	pcp_stop();
	dma_free = dma->free_pages;
	chain_take_all(&chain, GFP_KERNEL);
	EXPECT_EQ(normal->free_pages, normal->_watermark[WMARK_MIN]);
	EXPECT_EQ(dma->free_pages, min(dma_free, keep));
	// What was kept is there for those who can use nothing else.
	EXPECT_EQ(chain_take_all(&chain, GFP_DMA), dma->lowmem_reserve[ZONE_NORMAL]);
	EXPECT_EQ(dma->free_pages, dma->_watermark[WMARK_MIN]);
	EXPECT_TRUE(chain_is_whole(&chain));
	chain_free(&chain);
	pcp_restart();
	free_state_end();
}

TEST("a failure is one line in the log: order, flags and what is free; none with __GFP_NOWARN")
{
	PAGE_CHAIN(chain);

	free_state_begin();
	log_watch_begin();
	chain_take_all(&chain, GFP_DMA);
	EXPECT_EQ(log_seen("page allocation failure"), 0);
	EXPECT_EQ(alloc_pages(GFP_DMA, 4), NULL);
	EXPECT_EQ(log_seen("page allocation failure: order:4, mode:0x1, "), 1);
	EXPECT_EQ(alloc_pages(GFP_DMA | __GFP_NOWARN, 4), NULL);
	EXPECT_EQ(__get_dma_pages(GFP_NOWAIT | __GFP_NOWARN, 2), 0);
	EXPECT_EQ(log_seen("page allocation failure"), 1);
	log_watch_end();
	chain_free(&chain);
	free_state_end();
}
