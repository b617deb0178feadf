// SPDX-License-Identifier: MIT
// The buddy allocator (notes, area F): splitting and merging, list by list.
//
// A zone of the test's own gets one 4 MB block of the machine's memory, or four: nobody else takes
// from it, so every list is known exactly. Its pages say that they belong to their real zone, which
// the buddy's functions do not ask.

#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <lib/format.h>

#include "free_state.h"

SUITE("buddy");

static struct zone own;
static struct page *ground; // the first block of own

static struct page *take(unsigned int order)
{
	unsigned long flags = spin_lock_irqsave(&own.lock);
	struct page *page = buddy_take(&own, order);

	spin_unlock_irqrestore(&own.lock, flags);
	return page;
}

static void give(struct page *page, unsigned int order)
{
	unsigned long flags = spin_lock_irqsave(&own.lock);

	buddy_give(&own, page, order);
	spin_unlock_irqrestore(&own.lock, flags);
}

// Blocks in each list, a digit for each order from 0 on.
static void expect_lists(const char *digits)
{
	char now[NR_PAGE_ORDERS + 1] = "", counted[NR_PAGE_ORDERS + 1] = "";
	unsigned long pages = 0;

	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++) {
		unsigned long n = 0;
		const struct page *page;

		list_for_each_entry (page, &own.free_area[order].free_list, lru) {
			EXPECT_TRUE(PageBuddy(page) && page_order(page) == order);
			EXPECT_TRUE(IS_ALIGNED(page - mem_map, 1L << order));
			n++;
		}
		now[order] = '0' + own.free_area[order].nr_free;
		counted[order] = '0' + n;
		pages += n << order;
		EXPECT_EQ(own.free_orders >> order & 1, n != 0);
	}
	EXPECT_STREQ(now, digits);
	EXPECT_STREQ(counted, digits);
	EXPECT_EQ(own.free_pages, pages);
}

// The first block of a list, counted in pages from the start of ground.
static long first_of(unsigned int order)
{
	return list_first_entry(&own.free_area[order].free_list, struct page, lru) - ground;
}

#define WHOLE "00000000001"
#define EMPTY "00000000000"

// False: the machine has no 4 MB in one piece.
static bool own_begin(void)
{
	free_state_begin();
	memset(&own, 0, sizeof(own));
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		INIT_LIST_HEAD(&own.free_area[order].free_list);
	ground = alloc_pages(GFP_HIGHUSER, MAX_PAGE_ORDER);
	EXPECT_NE(ground, NULL);
	if (!ground)
		return false;
	give(ground, MAX_PAGE_ORDER);
	expect_lists(WHOLE);
	return true;
}

static void own_end(void)
{
	expect_lists(WHOLE);
	EXPECT_EQ(take(MAX_PAGE_ORDER), ground);
	expect_lists(EMPTY);
	__free_pages(ground, MAX_PAGE_ORDER);
	free_state_end();
}

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
	EXPECT_EQ(take(9) - ground, 0);
	expect_lists("00000000010");
	EXPECT_EQ(first_of(9), 512);
	give(ground, 9);
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
		struct page *page = take(order);

		EXPECT_EQ(page - ground, 0);
		EXPECT_EQ(page_order(page), order);
		EXPECT_FALSE(PageBuddy(page));
		expect_lists(lists[order]);
		for (unsigned int k = order; k < MAX_PAGE_ORDER; k++)
			EXPECT_EQ(first_of(k), 1L << k);
		give(page, order);
		expect_lists(WHOLE);
	}
	own_end();
}

TEST("S136 S140 a run of requests, list by list: an exact block first, else the smallest that is "
     "larger")
{
	struct page *a, *b, *c, *d, *e;

	ASSERT_TRUE(own_begin());
	a = take(8);
	EXPECT_EQ(a - ground, 0);
	expect_lists("00000000110");
	b = take(8); // the list has one: nothing is split
	EXPECT_EQ(b - ground, 256);
	expect_lists("00000000010");
	c = take(0);
	EXPECT_EQ(c - ground, 512);
	expect_lists("11111111100");
	d = take(3);
	EXPECT_EQ(d - ground, 512 + 8);
	expect_lists("11101111100");
	e = take(3); // the next larger is order 4, not 8
	EXPECT_EQ(e - ground, 512 + 16);
	expect_lists("11110111100");
	EXPECT_EQ(first_of(3), 512 + 24);
	give(d, 3);
	expect_lists("11120111100");
	give(c, 0); // merges up to where e is in the way
	expect_lists("00011111100");
	EXPECT_EQ(first_of(4), 512);
	give(e, 3);
	expect_lists("00000000010");
	give(a, 8);
	expect_lists("00000000110");
	give(b, 8);
	own_end();
}

TEST("S120 S138 an order-n block is 2^n pages: 1, 2, 4, ... 1,024, aligned to its size")
{
	ASSERT_TRUE(own_begin());
	for (unsigned int order = 0; order < MAX_PAGE_ORDER; order++) {
		struct page *first = take(order), *second = take(order);

		EXPECT_EQ(own.free_pages, 1024 - (2UL << order));
		EXPECT_EQ(second - first, 1L << order);
		EXPECT_EQ((first - mem_map) % (1L << order), 0);
		give(first, order);
		EXPECT_EQ(own.free_pages, 1024 - (1UL << order));
		give(second, order);
		expect_lists(WHOLE);
	}
	own_end();
}

// The lists when n pages from one end of the block are free: the binary digits of n.
static void expect_binary(unsigned int n)
{
	char digits[NR_PAGE_ORDERS + 1] = "";

	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		digits[order] = '0' + (n >> order & 1);
	expect_lists(digits);
}

static void take_single_pages(void)
{
	for (unsigned int i = 0; i < BLOCK_PAGES; i++) {
		EXPECT_EQ(take(0) - ground, i); // always the lower half: ascending
		if (i % 32 == 0)
			expect_binary(BLOCK_PAGES - 1 - i);
	}
	expect_lists(EMPTY);
	EXPECT_EQ(take(0), NULL);
	EXPECT_EQ(take(MAX_PAGE_ORDER), NULL);
	expect_lists(EMPTY);
}

TEST("S137 1,024 single pages given back upwards merge as a binary counter counts")
{
	ASSERT_TRUE(own_begin());
	take_single_pages();
	for (unsigned int i = 0; i < BLOCK_PAGES; i++) {
		give(ground + i, 0);
		expect_binary(i + 1);
	}
	own_end();
}

TEST("S137 given back downwards they merge just so, and all even before all odd only at the end")
{
	ASSERT_TRUE(own_begin());
	take_single_pages();
	for (unsigned int i = 0; i < BLOCK_PAGES; i++) {
		give(ground + BLOCK_PAGES - 1 - i, 0);
		expect_binary(i + 1);
	}
	take_single_pages();
	for (unsigned int i = 0; i < BLOCK_PAGES; i += 2)
		give(ground + i, 0);
	EXPECT_EQ(own.free_area[0].nr_free, 512);
	EXPECT_EQ(own.free_orders, 1);
	for (unsigned int i = 1; i < BLOCK_PAGES; i += 2)
		give(ground + i, 0);
	own_end();
}

TEST("S137 freeing both halves restores the order-10 block, in either order")
{
	struct page *low, *high;

	ASSERT_TRUE(own_begin());
	for (int swap = 0; swap < 2; swap++) {
		low = take(9);
		high = take(9);
		EXPECT_EQ(high - low, 512);
		expect_lists(EMPTY);
		give(swap ? high : low, 9);
		expect_lists("00000000010");
		give(swap ? low : high, 9);
		expect_lists(WHOLE);
		EXPECT_EQ(first_of(10), 0);
		EXPECT_FALSE(PageBuddy(high));
	}
	own_end();
}

TEST("S137 neighbours that are no buddies stay apart, and so do buddies of different order")
{
	ASSERT_TRUE(own_begin());
	EXPECT_EQ(take(MAX_PAGE_ORDER), ground);
	give(ground + 1, 0);
	give(ground + 2, 0); // beside page 1, but the buddy of page 3
	expect_lists("20000000000");
	give(ground + 8, 3);
	give(ground + 16, 3); // the second half of 0-15, and the first of 16-31
	expect_lists("20020000000");
	give(ground + 3, 0); // 2 and 3 are one; their buddy 0-1 is half taken
	expect_lists("11020000000");
	give(ground + 4, 2);
	expect_lists("11120000000");
	give(ground, 0); // 0-1, 0-3, 0-7, 0-15
	expect_lists("00011000000");
	give(ground + 24, 3);
	expect_lists("00000100000");
	for (unsigned int order = 5; order < MAX_PAGE_ORDER; order++)
		give(ground + (1L << order), order);
	own_end();
}

TEST("the block that was freed last is handed out first: it may still be in the CPU's cache")
{
	struct page *pages[4];

	ASSERT_TRUE(own_begin());
	for (int i = 0; i < 4; i++) {
		pages[i] = take(2);
		EXPECT_EQ(take(2) - pages[i], 4); // its buddy stays taken
	}
	for (int i = 0; i < 4; i++)
		give(pages[i], 2);
	for (int i = 3; i >= 0; i--)
		EXPECT_EQ(take(2), pages[i]);
	for (int i = 0; i < 4; i++) {
		give(pages[i] + 4, 2);
		give(pages[i], 2);
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
		EXPECT_EQ(zone->pristine_blocks, lists >> order ? untouched : untouched - 1);
		__free_pages(page, order);
		EXPECT_LE(zone->pristine_blocks, untouched);
		untouched = zone->pristine_blocks;
	}
	__free_pages(half, 9);
	pcp_restart();
	free_state_end();
}

// ---- A random run against a model: a byte for each page ---------------------------------------

static struct {
	u8 taken[BLOCK_PAGES];
	struct {
		u16 page, order;
	} held[128];
	int holding;
	u32 random;
} model;

static u32 next_random(void)
{
	model.random ^= model.random << 13;
	model.random ^= model.random >> 17;
	model.random ^= model.random << 5;
	return model.random;
}

// Counts the free blocks in 2^order pages from `page` on, merged as far as alignment allows. Returns
// whether all of these pages are free; then they are one block, which the caller counts.
static bool model_count(unsigned int page, unsigned int order, unsigned long blocks[])
{
	bool low, high;

	if (order == 0)
		return !model.taken[page];
	low = model_count(page, order - 1, blocks);
	high = model_count(page + (1u << (order - 1)), order - 1, blocks);
	if (low && high)
		return true;
	blocks[order - 1] += low + high;
	return false;
}

static void model_expect(void)
{
	unsigned long blocks[NR_PAGE_ORDERS] = { 0 };

	blocks[MAX_PAGE_ORDER] += model_count(0, MAX_PAGE_ORDER, blocks);
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		EXPECT_EQ(own.free_area[order].nr_free, blocks[order]);
}

// Small blocks are more frequent.
static void model_take(void)
{
	const unsigned int order = __builtin_ctz(next_random() | 1u << MAX_PAGE_ORDER);
	struct page *page = take(order);
	u32 possible = own.free_orders >> order;

	if (!page) {
		EXPECT_EQ(possible, 0);
		return;
	}
	EXPECT_EQ((page - ground) % (1L << order), 0);
	for (long i = page - ground; i < page - ground + (1L << order); i++) {
		EXPECT_EQ(model.taken[i], 0);
		model.taken[i] = 1;
	}
	model.held[model.holding].page = page - ground;
	model.held[model.holding++].order = order;
}

static void model_give(int i)
{
	const unsigned int page = model.held[i].page, order = model.held[i].order;

	memset(&model.taken[page], 0, 1u << order);
	give(ground + page, order);
	model.held[i] = model.held[--model.holding];
}

TEST("S137 after each step of a random run the lists are what a model computes; at the end one "
     "block")
{
	ASSERT_TRUE(own_begin());
	memset(&model, 0, sizeof(model));
	model.random = 0x2545f491;
	for (int step = 0; step < 400; step++) {
		const bool full = model.holding == ARRAY_SIZE(model.held);

		if (!full && (model.holding == 0 || next_random() % 5 < 3))
			model_take();
		else
			model_give(next_random() % model.holding);
		model_expect();
	}
	EXPECT_GT(model.holding, 0);
	while (model.holding)
		model_give(next_random() % model.holding);
	own_end();
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
		give(more[n++], MAX_PAGE_ORDER);
	ground = take(MAX_PAGE_ORDER);
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
		give(ground + pieces[i].page, pieces[i].order);
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
		give(ground + rest[i].page, rest[i].order);
	EXPECT_EQ(own.free_area[MAX_PAGE_ORDER].nr_free, n + 1);
	while (n-- > 0)
		__free_pages(take(MAX_PAGE_ORDER), MAX_PAGE_ORDER);
	ground += first_of(MAX_PAGE_ORDER);
	own_end();
}
