// SPDX-License-Identifier: MIT
// The buddy allocator: which block is taken and how it splits, list by list.

#include <kernel/ktest.h>
#include <lib/string.h>

#include "free_state.h"
#include "own_zone.h"

SUITE("buddy");

TEST("S139 W58 there are 11 lists, orders 0 to 10: MAX_PAGE_ORDER is 10, the old MAX_ORDER is 11")
{
	EXPECT_EQ(MAX_PAGE_ORDER, 10);
	EXPECT_EQ(NR_PAGE_ORDERS, 11);
	EXPECT_EQ(MAX_ORDER, 11);
	EXPECT_EQ(ARRAY_SIZE(own.free_area), 11);
	EXPECT_EQ(PAGE_SIZE << MAX_PAGE_ORDER, 4 * SZ_1M);
}

TEST("S136 order 9 from an order-10 block: the first half is used, the other goes to the lower "
     "list")
{
	ASSERT_TRUE(own_begin());
	EXPECT_EQ(own_take(9) - ground, 0);
	expect_lists("00000000010");
	EXPECT_EQ(own_first(9), 512);
	own_give(ground, 9);
	own_end();
}

TEST("S136 each order from one order-10 block: one upper half goes to every list in between")
{
	static const char *const lists[] = { "11111111110", "01111111110", "00111111110",
					     "00011111110", "00001111110", "00000111110",
					     "00000011110", "00000001110", "00000000110",
					     "00000000010", EMPTY };

	ASSERT_TRUE(own_begin());
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		struct page *page = own_take(order);

		EXPECT_EQ(page - ground, 0);
		EXPECT_EQ(page_order(page), order);
		EXPECT_FALSE(PageBuddy(page));
		expect_lists(lists[order]);
		for (unsigned int k = order; k < MAX_PAGE_ORDER; k++)
			EXPECT_EQ(own_first(k), 1L << k);
		own_give(page, order);
		expect_lists(WHOLE);
	}
	own_end();
}

TEST("S136 S140 a run of requests, list by list: an exact block first, else the smallest that is "
     "larger")
{
	struct page *a, *b, *c, *d, *e;

	ASSERT_TRUE(own_begin());
	a = own_take(8);
	EXPECT_EQ(a - ground, 0);
	expect_lists("00000000110");
	b = own_take(8); // the list has one: nothing is split
	EXPECT_EQ(b - ground, 256);
	expect_lists("00000000010");
	c = own_take(0);
	EXPECT_EQ(c - ground, 512);
	expect_lists("11111111100");
	d = own_take(3);
	EXPECT_EQ(d - ground, 512 + 8);
	expect_lists("11101111100");
	e = own_take(3); // the next larger is order 4, not 8
	EXPECT_EQ(e - ground, 512 + 16);
	expect_lists("11110111100");
	EXPECT_EQ(own_first(3), 512 + 24);
	own_give(d, 3);
	expect_lists("11120111100");
	own_give(c, 0); // merges up to where e is in the way
	expect_lists("00011111100");
	EXPECT_EQ(own_first(4), 512);
	own_give(e, 3);
	expect_lists("00000000010");
	own_give(a, 8);
	expect_lists("00000000110");
	own_give(b, 8);
	own_end();
}

TEST("S120 S138 an order-n block is 2^n pages: 1, 2, 4, ... 1,024, aligned to its size")
{
	ASSERT_TRUE(own_begin());
	for (unsigned int order = 0; order < MAX_PAGE_ORDER; order++) {
		struct page *first = own_take(order), *second = own_take(order);

		EXPECT_EQ(own.free_pages, 1024 - (2UL << order));
		EXPECT_EQ(second - first, 1L << order);
		EXPECT_EQ((first - mem_map) % (1L << order), 0);
		own_give(first, order);
		EXPECT_EQ(own.free_pages, 1024 - (1UL << order));
		own_give(second, order);
		expect_lists(WHOLE);
	}
	own_end();
}

TEST("the block that was freed last is handed out first: it may still be in the CPU's cache")
{
	struct page *pages[4];

	ASSERT_TRUE(own_begin());
	for (int i = 0; i < 4; i++) {
		pages[i] = own_take(2);
		EXPECT_EQ(own_take(2) - pages[i], 4); // its buddy stays taken
	}
	for (int i = 0; i < 4; i++)
		own_give(pages[i], 2);
	for (int i = 3; i >= 0; i--)
		EXPECT_EQ(own_take(2), pages[i]);
	for (int i = 0; i < 4; i++) {
		own_give(pages[i] + 4, 2);
		own_give(pages[i], 2);
	}
	own_end();
}

TEST("S140 a 4 MB block that nobody has touched yet stays so while a list has what is asked for")
{
	struct page *half, *page;
	const struct zone *zone;
	unsigned long untouched;

	free_state_begin();
	pcp_stop();
	half = alloc_pages(GFP_HIGHUSER, 9);
	ASSERT_NE(half, NULL);
	zone = page_zone(half);
	untouched = zone->pristine_blocks;
	for (unsigned int order = 0; order < MAX_PAGE_ORDER; order++) {
		const unsigned long lists = zone->free_orders;

		page = alloc_pages(GFP_HIGHUSER, order);
		ASSERT_NE(page, NULL);
		// A highmem of 4 MB has no second block: then the zone below gives.
		EXPECT_EQ(zone->pristine_blocks,
			  lists >> order || !untouched ? untouched : untouched - 1);
		__free_pages(page, order);
		EXPECT_LE(zone->pristine_blocks, untouched);
		untouched = zone->pristine_blocks;
	}
	__free_pages(half, 9);
	pcp_restart();
	free_state_end();
}

TEST("S141 S143 W57 a column of buddyinfo counts blocks: the note's DMA row is 3,979 pages, 15.5 "
     "MiB")
{
	static const struct piece {
		u16 page;
		u8 order;
	} pieces[] = { { 1, 0 },  { 2, 1 },  { 8, 3 },   { 16, 4 }, { 128, 4 },
		       { 32, 5 }, { 64, 6 }, { 256, 8 }, { 512, 9 } },
	  rest[] = { { 0, 0 }, { 4, 2 }, { 144, 4 }, { 160, 5 }, { 192, 6 } };
	struct page *more[3];
	int n = 0;

	ASSERT_TRUE(own_begin());
	while (n < 3 &&
	       (more[n] = alloc_pages(GFP_HIGHUSER | __GFP_NOWARN, MAX_PAGE_ORDER)) != NULL)
		own_give(more[n++], MAX_PAGE_ORDER);
	ground = own_take(MAX_PAGE_ORDER);
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
		own_give(ground + pieces[i].page, pieces[i].order);
	// "1 1 0 1 2 1 1 0 1 1 3"; on the smallest machines there are no 16 MB in blocks of 4.
	expect_lists(n == 3   ? "11012110113"
		     : n == 2 ? "11012110112"
		     : n == 1 ? "11012110111"
			      : "11012110110");
	EXPECT_EQ(own.free_pages, 907 + n * 1024UL);
	if (n == 3) {
		EXPECT_EQ(own.free_pages, 3979);
		EXPECT_EQ(own.free_pages * PAGE_SIZE * 2 / SZ_1M, 31); // 15.5 and a bit
	}
	for (size_t i = 0; i < ARRAY_SIZE(rest); i++)
		own_give(ground + rest[i].page, rest[i].order);
	EXPECT_EQ(own.free_area[MAX_PAGE_ORDER].nr_free, n + 1);
	while (n-- > 0)
		__free_pages(own_take(MAX_PAGE_ORDER), MAX_PAGE_ORDER);
	ground += own_first(MAX_PAGE_ORDER);
	own_end();
}
