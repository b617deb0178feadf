// SPDX-License-Identifier: MIT
// The buddy allocator: what is given back merges with its buddy, as far as that goes; and a
// random run agrees with a model.

#include <kernel/ktest.h>
#include <lib/string.h>

#include "own_zone.h"
#include "random.h"

SUITE("buddy_merge");

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
		EXPECT_EQ(own_take(0) - ground, i); // always the lower half: ascending
		if (i % 32 == 0)
			expect_binary(BLOCK_PAGES - 1 - i);
	}
	expect_lists(EMPTY);
	EXPECT_EQ(own_take(0), NULL);
	EXPECT_EQ(own_take(MAX_PAGE_ORDER), NULL);
	expect_lists(EMPTY);
}

TEST("S137 1,024 single pages given back upwards merge as a binary counter counts")
{
	ASSERT_TRUE(own_begin());
	take_single_pages();
	for (unsigned int i = 0; i < BLOCK_PAGES; i++) {
		own_give(ground + i, 0);
		expect_binary(i + 1);
	}
	own_end();
}

TEST("S137 given back downwards they merge just so, and all even before all odd only at the end")
{
	ASSERT_TRUE(own_begin());
	take_single_pages();
	for (unsigned int i = 0; i < BLOCK_PAGES; i++) {
		own_give(ground + BLOCK_PAGES - 1 - i, 0);
		expect_binary(i + 1);
	}
	take_single_pages();
	for (unsigned int i = 0; i < BLOCK_PAGES; i += 2)
		own_give(ground + i, 0);
	EXPECT_EQ(own.free_area[0].nr_free, 512);
	EXPECT_EQ(own.free_orders, 1);
	for (unsigned int i = 1; i < BLOCK_PAGES; i += 2)
		own_give(ground + i, 0);
	own_end();
}

TEST("S137 freeing both halves restores the order-10 block, in either order")
{
	struct page *low, *high;

	ASSERT_TRUE(own_begin());
	for (int swap = 0; swap < 2; swap++) {
		low = own_take(9);
		high = own_take(9);
		EXPECT_EQ(high - low, 512);
		expect_lists(EMPTY);
		own_give(swap ? high : low, 9);
		expect_lists("00000000010");
		own_give(swap ? low : high, 9);
		expect_lists(WHOLE);
		EXPECT_EQ(own_first(10), 0);
		EXPECT_FALSE(PageBuddy(high));
	}
	own_end();
}

TEST("S137 neighbours that are no buddies stay apart, and so do buddies of different order")
{
	ASSERT_TRUE(own_begin());
	EXPECT_EQ(own_take(MAX_PAGE_ORDER), ground);
	own_give(ground + 1, 0);
	own_give(ground + 2, 0); // beside page 1, but the buddy of page 3
	expect_lists("20000000000");
	own_give(ground + 8, 3);
	own_give(ground + 16, 3); // the second half of 0-15, and the first of 16-31
	expect_lists("20020000000");
	own_give(ground + 3, 0); // 2 and 3 are one; their buddy 0-1 is half taken
	expect_lists("11020000000");
	own_give(ground + 4, 2);
	expect_lists("11120000000");
	own_give(ground, 0); // 0-1, 0-3, 0-7, 0-15
	expect_lists("00011000000");
	own_give(ground + 24, 3);
	expect_lists("00000100000");
	for (unsigned int order = 5; order < MAX_PAGE_ORDER; order++)
		own_give(ground + (1L << order), order);
	own_end();
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

static u32 merge_random_u32(void)
{
	return random_u32(&model.random);
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
	const unsigned int order = __builtin_ctz(merge_random_u32() | 1u << MAX_PAGE_ORDER);
	struct page *page = own_take(order);
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
	own_give(ground + page, order);
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

		if (!full && (model.holding == 0 || merge_random_u32() % 5 < 3))
			model_take();
		else
			model_give(merge_random_u32() % model.holding);
		model_expect();
	}
	EXPECT_GT(model.holding, 0);
	while (model.holding)
		model_give(merge_random_u32() % model.holding);
	own_end();
}
