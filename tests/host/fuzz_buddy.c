// SPDX-License-Identifier: MIT
// Fuzzing the buddy allocator alone: a zone of 2,048 pages, some of them reserved as the input says,
// against an owner for each page.

#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/gfp.h>

#include "fuzz.h"

#define PAGES  2048 // two blocks of order 10
#define BLOCKS 256

static struct page pages[PAGES];
static bool used[PAGES];
static struct zone *const zone = &zones[ZONE_NORMAL];

static struct block {
	struct page *page;
	unsigned int order;
} blocks[BLOCKS];

void fuzz_start(void)
{
	mem_map = pages;
	for (int i = 0; i < MAX_NR_ZONES; i++)
		for (int order = 0; order < NR_PAGE_ORDERS; order++)
			INIT_LIST_HEAD(&zones[i].free_area[order].free_list);
	spin_lock(&zone->lock);
}

static void mark(const struct page *page, unsigned int order, bool to)
{
	const unsigned long first = page - pages;

	BUG_ON(first + (1UL << order) > PAGES || first % (1UL << order) != 0);
	for (unsigned long i = first; i < first + (1UL << order); i++) {
		BUG_ON(used[i] == to || PageReserved(&pages[i]));
		used[i] = to;
	}
}

static void take(struct block *b)
{
	b->order = fuzz_below(NR_PAGE_ORDERS);
	b->page = buddy_take(zone, b->order);
	if (b->page)
		mark(b->page, b->order, true);
}

static void give(struct block *b)
{
	mark(b->page, b->order, false);
	buddy_give(zone, b->page, b->order);
	b->page = NULL;
}

// Gives every page that is not reserved to the empty zone, one by one from either end.
static void fill_zone(bool backwards)
{
	for (int i = 0; i < PAGES; i++) {
		struct page *page = &pages[backwards ? PAGES - 1 - i : i];

		if (!PageReserved(page))
			buddy_give(zone, page, 0);
	}
}

// How many free blocks of each order there must be when nothing is handed out: the largest that the
// reserved pages leave.
static void expect_merged(void)
{
	for (unsigned long i = 0; i < PAGES;) {
		unsigned int order = 0;

		if (PageReserved(&pages[i])) {
			i++;
			continue;
		}
		while (order < MAX_PAGE_ORDER && i % (2UL << order) == 0) {
			bool whole = true;

			for (unsigned long j = i; j < i + (2UL << order); j++)
				whole &= !PageReserved(&pages[j]);
			if (!whole)
				break;
			order++;
		}
		BUG_ON(!PageBuddy(&pages[i]) || page_order(&pages[i]) != order);
		i += 1UL << order;
	}
}

// buddy_check() takes the lock, which all else here needs.
static void recount(void)
{
	spin_unlock(&zone->lock);
	buddy_check();
	spin_lock(&zone->lock);
}

void fuzz_one(void)
{
	zone->managed_pages = PAGES;
	for (int i = 0; i < PAGES; i++)
		pages[i].flags = ZONE_NORMAL << PG_ZONE_SHIFT;
	for (int n = fuzz_u8() % 16; n > 0; n--) {
		SetPageReserved(&pages[fuzz_below(PAGES)]);
	}
	fill_zone(fuzz_u8() & 1);
	expect_merged();
	while (fuzz_more()) {
		struct block *b = &blocks[fuzz_u8()];

		if (b->page)
			give(b);
		else
			take(b);
	}
	recount();
	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i].page)
			give(&blocks[i]);
	recount();
	expect_merged();
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		while (zone->free_area[order].nr_free)
			BUG_ON(buddy_take(zone, order) == NULL);
	BUG_ON(zone->free_pages != 0);
}
