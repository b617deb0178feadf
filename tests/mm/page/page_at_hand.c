// SPDX-License-Identifier: MIT
// The lists at hand: small blocks that a CPU keeps of each zone, outside of the buddy's lists.

#include <kernel/ktest.h>

#include "free_state.h"

SUITE("page_at_hand");

TEST("S145 the page freed last is at hand: the next request gets it, and no list of the zone is "
     "touched")
{
	const struct zone *zone = &zones[ZONE_NORMAL];
	unsigned long in_lists;
	struct page *page;

	free_state_begin();
	for (unsigned int order = 0; order < PCP_ORDERS; order++) {
		if (order > 0 && zone->pcp[order].high <= zone->pcp[order].batch)
			continue; // a small zone keeps next to nothing
		page = alloc_pages(GFP_KERNEL, order);
		ASSERT_NE(page, NULL);
		in_lists = zone->free_pages;
		for (int i = 0; i < 3; i++) {
			__free_pages(page, order);
			EXPECT_EQ(alloc_pages(GFP_KERNEL, order), page);
		}
		EXPECT_EQ(zone->free_pages, in_lists);
		__free_pages(page, order);
	}
	free_state_end();
}

TEST("S145 a list at hand holds at most 64 pages, and 1/64 of its zone")
{
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		for (unsigned int order = 0; order < PCP_ORDERS; order++) {
			const struct per_cpu_pages *pcp = &zones[i].pcp[order];

			EXPECT_LE(pcp->high << order, 64);
			EXPECT_LE((unsigned long)pcp->high << order, zones[i].managed_pages / 64);
			EXPECT_LE(pcp->batch, pcp->high);
			EXPECT_EQ(pcp->batch == 0, pcp->high == 0);
		}
	}
}

TEST("S145 a list at hand is filled up to its limit; one block more, and so many go that a batch "
     "fits in")
{
	const struct per_cpu_pages *pcp = &zones[ZONE_NORMAL].pcp[0];
	struct page *pages[65];
	const int high = pcp->high;

	ASSERT_TRUE(high < (int)ARRAY_SIZE(pages));
	free_state_begin();
	for (int i = 0; i <= high; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		ASSERT_NE(pages[i], NULL);
	}
	drain_all_pages();
	for (int i = 0; i < high; i++) {
		__free_page(pages[i]);
		EXPECT_EQ(pcp->count, i + 1);
	}
	__free_page(pages[high]);
	EXPECT_EQ(pcp->count, high - pcp->batch);
	free_state_end();
}

TEST("S145 the lists at hand are bounded, count as free, and drain_all_pages() merges what they "
     "held")
{
	struct page *pages[100];
	unsigned long free;

	free_state_begin();
	free = nr_free_pages();
	for (unsigned int order = 0; order < PCP_ORDERS; order++) {
		const struct per_cpu_pages *pcp = &zones[ZONE_NORMAL].pcp[order];

		for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
			pages[i] = alloc_pages(GFP_KERNEL, order);
			ASSERT_NE(pages[i], NULL);
		}
		EXPECT_EQ(nr_free_pages(), free - (100UL << order));
		for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
			__free_pages(pages[i], order);
			EXPECT_LE(pcp->count, pcp->high);
			EXPECT_EQ(nr_free_pages(), free - ((99 - i) << order));
		}
		EXPECT_EQ(pcp->count > 0, pcp->high > pcp->batch);
		buddy_check();
	}
	drain_all_pages();
	for (unsigned int order = 0; order < PCP_ORDERS; order++)
		EXPECT_EQ(zones[ZONE_NORMAL].pcp[order].count, 0);
	EXPECT_EQ(zones[ZONE_NORMAL].pcp[0].first, NULL);
	free_state_end();
}
