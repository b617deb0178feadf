// SPDX-License-Identifier: MIT
// Many single pages at once: as good as one by one, and back to the very same blocks.

#include <kernel/ktest.h>
#include <mm/slab.h>

#include "free_state.h"
#include "log_watch.h"
#include "page_chain.h"

SUITE("page_bulk");

#define MANY 700 // not a multiple of anything, more than interrupts stay masked for

static struct page *pages[MANY + 32];

// Whether the pages are single ones that are handed out, none of them twice.
static bool single_pages(unsigned long count)
{
	for (unsigned long i = 0; i < count; i++) {
		if (page_order(pages[i]) != 0 || page_ref_count(pages[i]) != 1 ||
		    PageBuddy(pages[i]) || pages[i]->private == 0x896)
			return false;
		pages[i]->private = 0x896;
	}
	for (unsigned long i = 0; i < count; i++)
		pages[i]->private = 0;
	return true;
}

TEST("S121 alloc_pages_bulk gives single pages, each once; free_pages_bulk restores every block")
{
	static const unsigned int counts[] = { 1, 2, 3, 4, 5, 16, 31, 511, 512, 513, MANY };
	static const gfp_t zones_asked[] = { GFP_KERNEL, GFP_HIGHUSER, GFP_KERNEL | GFP_DMA };

	for (size_t z = 0; z < ARRAY_SIZE(zones_asked); z++) {
		free_state_begin();
		for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
			for (int n = 0; n < MANY; n++)
				pages[n] = NULL;
			ASSERT_EQ(alloc_pages_bulk(zones_asked[z], counts[i], pages), counts[i]);
			for (unsigned int n = 0; n < counts[i]; n++) {
				EXPECT_LE(page_zonenum(pages[n]), gfp_zone(zones_asked[z]));
				pages[n]->private = 0;
			}
			EXPECT_TRUE(single_pages(counts[i]));
			buddy_check();
			free_pages_bulk(pages, counts[i]);
		}
		free_state_end();
	}
}

TEST("the pages of one call can go back one by one, in any order, and those of single calls at "
     "once")
{
	free_state_begin();
	ASSERT_EQ(alloc_pages_bulk(GFP_KERNEL, 100, pages), 100);
	for (unsigned int i = 0; i < 100; i++)
		__free_page(pages[i * 37 % 100]);
	free_state_end();
	for (unsigned int i = 0; i < 100; i++)
		pages[i * 37 % 100] = alloc_page(GFP_KERNEL);
	free_pages_bulk(pages, 100);
	free_state_end();
}

TEST("the smallest blocks go first: what is fragmented is used up before larger blocks are cut")
{
	PAGE_CHAIN(held);
	PAGE_CHAIN(holes);
	unsigned long large;

	pcp_stop();
	for (int i = 0; i < 64; i++) {
		chain_take(&held, GFP_KERNEL, 0, 1);
		chain_take(&holes, GFP_KERNEL, 0, 1);
	}
	chain_free(&holes);
	large = free_blocks(first_zone[ZONE_NORMAL], MAX_PAGE_ORDER);
	ASSERT_EQ(alloc_pages_bulk(GFP_KERNEL, 32, pages), 32);
	// Two halves of one block would have come from a larger block. Neighbours may be free each by itself.
	for (unsigned int i = 1; i < 32; i++)
		EXPECT_NE(page_to_pfn(pages[i]), page_to_pfn(pages[i - 1]) ^ 1);
	EXPECT_EQ(free_blocks(first_zone[ZONE_NORMAL], MAX_PAGE_ORDER), large);
	free_pages_bulk(pages, 32);
	chain_free(&held);
	pcp_restart();
}

TEST("S145 with little memory it gives what there is above the reserve, and says so once")
{
	PAGE_CHAIN(all);
	struct page *block;
	unsigned long dma;

	free_state_begin();
	pcp_stop();
	block = alloc_pages(GFP_KERNEL, 5);
	ASSERT_NE(block, NULL);
	ASSERT_EQ(page_zonenum(block), ZONE_NORMAL);
	chain_take_all(&all, GFP_KERNEL);
	EXPECT_EQ(zones[ZONE_NORMAL].free_pages, zones[ZONE_NORMAL]._watermark[WMARK_MIN]);
	dma = zones[ZONE_DMA].free_pages;
	__free_pages(block, 5);
	log_watch_begin();
	EXPECT_EQ(alloc_pages_bulk(GFP_KERNEL, MANY, pages), 32);
	EXPECT_EQ(log_seen("page allocation failure"), 1);
	EXPECT_EQ(zones[ZONE_NORMAL].free_pages, zones[ZONE_NORMAL]._watermark[WMARK_MIN]);
	EXPECT_EQ(zones[ZONE_DMA].free_pages, dma);
	EXPECT_EQ(alloc_pages_bulk(GFP_KERNEL, MANY, pages + 32), 0);
	log_watch_end();
	free_pages_bulk(pages, 32);
	chain_free(&all);
	pcp_restart();
	free_state_end();
}

TEST("S123 a page that is free already, or has another owner, is reported or stays; the others go "
     "back")
{
	const unsigned long mistakes = page_alloc_mistakes;

	free_state_begin();
	ASSERT_EQ(alloc_pages_bulk(GFP_KERNEL, 20, pages), 20);
	get_page(pages[5]);
	pages[20] = pages[9]; // twice
	log_watch_begin();
	free_pages_bulk(pages, 21);
	EXPECT_EQ(log_seen("is free already (double free)"), 1);
	log_watch_end();
	EXPECT_EQ(page_alloc_mistakes, mistakes + 1);
	EXPECT_EQ(page_ref_count(pages[5]), 1);
	put_page(pages[5]);
	free_state_end();
}

TEST("S123 a page that is reserved stays, and is reported, among few pages and among many")
{
	static const unsigned int counts[] = { 8, 64 };

	free_state_begin();
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		const unsigned long mistakes = page_alloc_mistakes;
		struct page *kept;

		ASSERT_EQ(alloc_pages_bulk(GFP_KERNEL, counts[i], pages), counts[i]);
		kept = pages[1];
		SetPageReserved(kept);
		log_watch_begin();
		free_pages_bulk(pages, counts[i]);
		EXPECT_EQ(log_seen("the page is reserved"), 1);
		log_watch_end();
		EXPECT_EQ(page_alloc_mistakes, mistakes + 1);
		ClearPageReserved(kept);
		EXPECT_EQ(page_ref_count(kept), 1);
		__free_page(kept);
		free_state_end();
	}
}
