// SPDX-License-Identifier: MIT
// Recounts the buddy allocator: every list, every count, every flag.

#include <kernel/panic.h>
#include <mm/gfp.h>

// Marks that no page of a free block may have: a reference, a flag, another block inside it.
static u32 odd_marks(const struct page *page, unsigned int order)
{
	const struct page *const end = page + (1UL << order);
	u32 marks = (page->flags & ~PG_buddy) | page->_refcount;

	while (++page < end)
		marks |= page->flags | page->_refcount;
	return marks & ~(PG_ORDER_MASK | 3u << PG_ZONE_SHIFT);
}

// Checks one free block: aligned, its pages free, its buddy not free (they would have merged).
static void check_block(const struct zone *zone, const struct page *page, unsigned int order,
			bool inside)
{
	const unsigned long index = page - mem_map;

	BUG_ON(!PageBuddy(page) || page_order(page) != order);
	BUG_ON(!IS_ALIGNED(index, 1UL << order));
	BUG_ON(page_zone(page) != zone);
	BUG_ON(odd_marks(page, inside ? order : 0) != 0);
	if (order < MAX_PAGE_ORDER) {
		const struct page *buddy = mem_map + (index ^ (1UL << order));

		BUG_ON(PageBuddy(buddy) && page_order(buddy) == order);
	}
}

static unsigned long check_area(const struct zone *zone, unsigned int order, bool inside)
{
	const struct free_area *area = &zone->free_area[order];
	const struct page *page;
	unsigned long n = 0;

	list_for_each_entry (page, &area->free_list, lru) {
		check_block(zone, page, order, inside);
		n++;
	}
	BUG_ON(n != area->nr_free);
	BUG_ON((n != 0) != (zone->free_orders >> order & 1));
	return n << order;
}

static void check_pcp(const struct zone *zone)
{
	for (unsigned int order = 0; order < PCP_ORDERS; order++) {
		int n = 0;

		for (const struct page *p = zone->pcp[order].first; p; p = p->pcp_next) {
			BUG_ON(PageBuddy(p) || odd_marks(p, order) != 0);
			BUG_ON(page_order(p) != order || page_zone(p) != zone);
			n++;
		}
		BUG_ON(n != zone->pcp[order].count);
	}
}

static unsigned long count_pristine(const struct zone *zone)
{
	unsigned long n = 0;

	for (unsigned long block = zone->pristine_cursor; block < zone->pristine_end; block++)
		n += block_pristine(block);
	return n;
}

// Needs zone->lock.
static void check_zone(const struct zone *zone, bool inside)
{
	unsigned long free = zone->pristine_blocks << MAX_PAGE_ORDER;

	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		free += check_area(zone, order, inside);
	BUG_ON(free != zone->free_pages);
	BUG_ON(zone->free_pages > zone->managed_pages);
	BUG_ON(count_pristine(zone) != zone->pristine_blocks);
	check_pcp(zone);
}

static void check_zones(bool inside)
{
	for (struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
		unsigned long flags = spin_lock_irqsave(&zone->lock);

		check_zone(zone, inside);
		spin_unlock_irqrestore(&zone->lock, flags);
	}
}

void buddy_check(void)
{
	check_zones(true);
}

void buddy_check_lists(void)
{
	check_zones(false);
}
