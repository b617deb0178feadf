// SPDX-License-Identifier: MIT
// The buddy allocator of one zone: blocks of 2^order pages, split into halves and merged again.
//
//   buddy_take(zone, 0) with one free block, of order 3: each split frees the upper half
//
//   page      0   1   2   3   4   5   6   7
//           |            free 3             |
//           |    split      |    free 2     |  list 2: page 4
//           | split | free 1|    free 2     |  list 1: page 2
//           |use|fr0| free 1|    free 2     |  list 0: page 1; page 0 is returned
//
//   buddy_give(zone, page 0, 0): the buddy of page n at order o is n ^ (1 << o), counted from mem_map
//
//     order 0: page 0 ^ 1 = 1 is free with order 0: merge into a block of order 1 at page 0
//     order 1: page 0 ^ 2 = 2 is free with order 1: merge, order 2
//     order 2: page 0 ^ 4 = 4 is free with order 2: merge, order 3
//     order 3: page 0 ^ 8 = 8 is in use: stop, list 3: page 0
//
// Owns: zone->free_area[], free_orders, free_pages and the deferred ("pristine") blocks; PG_buddy and
// the order of free pages. A block is naturally aligned, so the page number and the order give its
// buddy.
// Rules: needs zone->lock, never sleeps. A block is freed with the order it was allocated with.
// Linux: mm/page_alloc.c (__rmqueue, __free_one_page), with migrate types and compaction.

#include <kernel/panic.h>
#include <mm/zone.h>

static void set_order(struct page *page, unsigned int order)
{
	page->flags = (page->flags & ~PG_ORDER_MASK) | order << PG_ORDER_SHIFT;
}

static void list_block(struct zone *zone, struct page *page, unsigned int order)
{
	struct free_area *area = &zone->free_area[order];

	set_order(page, order);
	page->flags |= PG_buddy;
	list_add(&page->lru, &area->free_list);
	area->nr_free++;
	zone->free_orders |= 1u << order;
}

static void unlist_block(struct zone *zone, struct page *page, unsigned int order)
{
	struct free_area *area = &zone->free_area[order];

	list_del(&page->lru);
	page->flags &= ~PG_buddy;
	if (--area->nr_free == 0)
		zone->free_orders &= ~(1u << order);
}

// Takes a deferred block and fills in its struct pages. NULL: none left.
static struct page *take_pristine(struct zone *zone)
{
	unsigned long block = zone->pristine_cursor;

	if (zone->pristine_blocks == 0)
		return NULL;
	while (!block_pristine(block))
		block++;
	BUG_ON(block >= zone->pristine_end);
	zone->pristine_blocks--;
	zone->pristine_cursor = block + 1;
	init_block(block, (u32)(zone - zones) << PG_ZONE_SHIFT);
	return mem_map + (block << MAX_PAGE_ORDER);
}

// Splits a block of 2^from pages: keeps the first 2^order pages and frees the upper halves.
static void split_block(struct zone *zone, struct page *page, unsigned int from, unsigned int order)
{
	while (from > order) {
		from--;
		list_block(zone, page + (1UL << from), from);
	}
}

struct page *buddy_take(struct zone *zone, unsigned int order)
{
	const u32 orders = zone->free_orders >> order << order; // the orders that are large enough
	unsigned int from;
	struct page *page;

	lockdep_assert_held(&zone->lock);
	if (likely(orders)) {
		from = __builtin_ctz(orders);
		page = list_first_entry(&zone->free_area[from].free_list, struct page, lru);
		unlist_block(zone, page, from);
	} else {
		from = MAX_PAGE_ORDER;
		page = take_pristine(zone);
		if (!page)
			return NULL;
	}
	split_block(zone, page, from, order);
	set_order(page, order);
	zone->free_pages -= 1UL << order;
	return page;
}

// The other half of the surrounding block of 2^(order+1) pages.
static struct page *buddy_of(struct page *page, unsigned int order)
{
	return mem_map + ((unsigned long)(page - mem_map) ^ (1UL << order));
}

static bool is_free_block(const struct page *page, unsigned int order)
{
	return PageBuddy(page) && page_order(page) == order;
}

void buddy_give(struct zone *zone, struct page *page, unsigned int order)
{
	lockdep_assert_held(&zone->lock);
	zone->free_pages += 1UL << order;
	// A buddy is in the same 4 MB block, so its struct page is valid and its zone is the same.
	while (order < MAX_PAGE_ORDER) {
		struct page *buddy = buddy_of(page, order);

		if (!is_free_block(buddy, order))
			break;
		unlist_block(zone, buddy, order);
		page = page < buddy ? page : buddy;
		order++;
	}
	list_block(zone, page, order);
}
