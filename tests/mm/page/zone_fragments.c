// SPDX-License-Identifier: MIT
// Fragmentation: much is free, and a large block is not to be had.

#include <kernel/ktest.h>
#include <lib/format.h>
#include <mm/procinfo.h>

#include "free_state.h"
#include "log_watch.h"
#include "page_chain.h"

SUITE("zone_fragments");

struct row {
	const char *zone;
	unsigned long blocks[NR_PAGE_ORDERS];
	int found;
};

static const char *parse_block_count(const char *s, unsigned long *value)
{
	*value = 0;
	while (*s == ' ')
		s++;
	while (*s >= '0' && *s <= '9')
		*value = *value * 10 + *s++ - '0';
	return s;
}

static void read_buddyinfo_row(const char *text, void *arg)
{
	struct row *row = arg;
	char start[32];
	const size_t len = snprintf(start, sizeof(start), "Node 0, zone %8s ", row->zone);

	if (strncmp(text, start, len) != 0)
		return;
	row->found++;
	text += len;
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		text = parse_block_count(text, &row->blocks[order]);
}

static unsigned long row_pages(const struct row *row)
{
	unsigned long pages = 0;

	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		pages += row->blocks[order] << order;
	return pages;
}

TEST("S141 S142 S143 W57 buddyinfo has 11 columns of blocks: times 2^column they are the free "
     "pages")
{
	free_state_begin();
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		struct row row = { .zone = zones[i].name };

		buddyinfo_show(read_buddyinfo_row, &row);
		EXPECT_EQ(row.found, populated_zone(&zones[i]));
		EXPECT_EQ(row_pages(&row), zones[i].free_pages);
	}
	free_state_end();
}

// Takes everything in blocks of order 7 or less, and gives back every second one of order 7.
static void fragment(struct page_chain *kept, struct page_chain *rest)
{
	PAGE_CHAIN(all);
	struct page *page;

	reserves_stop();
	chain_take(&all, GFP_HIGHUSER, 7, ~0UL);
	chain_take_all(rest, GFP_HIGHUSER);
	EXPECT_EQ(nr_free_pages(), 0);
	reserves_restart();
	while (!list_empty(&all.blocks)) {
		page = list_first_entry(&all.blocks, struct page, lru);
		list_del(&page->lru);
		if ((page - mem_map) & 128)
			chain_add(kept, page, 7);
		else
			__free_pages(page, 7);
	}
}

TEST("S193 order 8 fails while half of memory is free, and buddyinfo says why: all of it in "
     "smaller blocks")
{
	unsigned long free, free_before = nr_free_pages();
	PAGE_CHAIN(kept);
	PAGE_CHAIN(rest);
	struct page *page;

	free_state_begin();
	pcp_stop();
	log_watch_begin();
	fragment(&kept, &rest);
	free = nr_free_pages();
	EXPECT_GE(free, free_before / 3);
	EXPECT_LE(free, free_before * 2 / 3);
	for (unsigned int order = 8; order <= MAX_PAGE_ORDER; order++)
		EXPECT_EQ(alloc_pages(GFP_HIGHUSER | __GFP_NOWARN, order), NULL);
	EXPECT_EQ(alloc_pages(GFP_HIGHUSER, 8), NULL);
	EXPECT_EQ(log_seen("page allocation failure: order:8"), 1);
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		struct row row = { .zone = zones[i].name };

		buddyinfo_show(read_buddyinfo_row, &row);
		EXPECT_EQ(row.blocks[8] + row.blocks[9] + row.blocks[10], 0);
		EXPECT_EQ(row_pages(&row), zones[i].free_pages);
		EXPECT_GE(row.blocks[7] << 7, zones[i].free_pages * 9 / 10);
	}
	page = alloc_pages(GFP_HIGHUSER, 7); // half as large: no problem
	ASSERT_NE(page, NULL);
	__free_pages(page, 7);
	chain_free(&kept);
	page = alloc_pages(GFP_HIGHUSER, 8);
	ASSERT_NE(page, NULL);
	__free_pages(page, 8);
	chain_free(&rest);
	log_watch_end();
	pcp_restart();
	free_state_end();
}
