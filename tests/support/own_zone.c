// SPDX-License-Identifier: MIT
// A zone of one block.

#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <lib/string.h>

#include "free_state.h"
#include "own_zone.h"

struct zone own;
struct page *ground;

struct page *own_take(unsigned int order)
{
	unsigned long flags = spin_lock_irqsave(&own.lock);
	struct page *page = buddy_take(&own, order);

	spin_unlock_irqrestore(&own.lock, flags);
	return page;
}

void own_give(struct page *page, unsigned int order)
{
	unsigned long flags = spin_lock_irqsave(&own.lock);

	buddy_give(&own, page, order);
	spin_unlock_irqrestore(&own.lock, flags);
}

void expect_lists(const char *digits)
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

long own_first(unsigned int order)
{
	return list_first_entry(&own.free_area[order].free_list, struct page, lru) - ground;
}

bool own_begin(void)
{
	free_state_begin();
	memset(&own, 0, sizeof(own));
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		INIT_LIST_HEAD(&own.free_area[order].free_list);
	ground = alloc_pages(GFP_HIGHUSER, MAX_PAGE_ORDER);
	EXPECT_NE(ground, NULL);
	if (!ground)
		return false;
	own_give(ground, MAX_PAGE_ORDER);
	expect_lists(WHOLE);
	return true;
}

void own_end(void)
{
	expect_lists(WHOLE);
	EXPECT_EQ(own_take(MAX_PAGE_ORDER), ground);
	expect_lists(EMPTY);
	__free_pages(ground, MAX_PAGE_ORDER);
	free_state_end();
}
