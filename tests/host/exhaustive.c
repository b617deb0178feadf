// SPDX-License-Identifier: MIT
// The buddy allocator on a zone of 16 pages: every state it can be in, and every step from each.
//
// A state says which blocks are handed out and which are free, with their orders. From a state every
// order 0 to 4 is requested, once for each free block that could be the first of its list, and every
// block that is handed out is given back. After each step the new state must be the one that a model
// of a few lines computes, free blocks are recounted by buddy_check(), and no other page has changed.
// Why this is all: what buddy_take() and buddy_give() do depends on the zone's lists only by which
// block is first and by which blocks are free; the order of the others in a list has no influence.
//
// There must be exactly f(4) states: a block of 2^n pages is free, or handed out, or split into two
// halves of which not both are free as a whole (they would be one block): f(0) = 2,
// f(n) = 2 + f(n-1)^2 - 1, so f(4) = 458,330.

#include <arch/host/host.h>
#include <arch/host/os.h>
#include <kernel/console.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/div64.h>
#include <lib/string.h>
#include <mm/gfp.h>

#define ORDERS 5
#define PAGES  16
#define STATES 458330

// Four bits for each page: what block starts there, if any.
typedef u64 state_t;
#define INSIDE      0
#define USED(order) (1u + (order))
#define FREE(order) (9u + (order))
#define ALL_FREE    ((state_t)FREE(4))
#define IS_FREE(x)  ((x) >= 9)
#define IS_USED(x)  ((x) >= 1 && (x) < 9)
#define ORDER_OF(x) (((x)-1) & 7)

static struct page pages[BLOCK_PAGES];
static struct zone *const zone = &zones[ZONE_NORMAL];

static struct {
	state_t set[1 << 20]; // 0: empty
	state_t queue[STATES];
	unsigned int found, done;
	unsigned long takes, gives, refused;
} all;

static u32 at(state_t s, unsigned int page)
{
	return s >> 4 * page & 15;
}

static state_t with(state_t s, unsigned int page, u32 what)
{
	return (s & ~((state_t)15 << 4 * page)) | (state_t)what << 4 * page;
}

// ---- The model ------------------------------------------------------------------------------------

static state_t model_take(state_t s, unsigned int page, unsigned int order)
{
	for (unsigned int from = ORDER_OF(at(s, page)); from > order; from--)
		s = with(s, page + (1u << (from - 1)), FREE(from - 1));
	return with(s, page, USED(order));
}

static state_t model_give(state_t s, unsigned int page)
{
	unsigned int order = ORDER_OF(at(s, page));

	while (order < ORDERS - 1 && at(s, page ^ 1u << order) == FREE(order)) {
		s = with(s, page, INSIDE);
		s = with(s, page ^ 1u << order, INSIDE);
		page &= ~(1u << order);
		order++;
	}
	return with(s, page, FREE(order));
}

// ---- The real thing -------------------------------------------------------------------------------

static void list_free(unsigned int i, unsigned int order)
{
	struct free_area *area = &zone->free_area[order];

	pages[i].flags |= PG_buddy;
	list_add(&pages[i].lru, &area->free_list);
	area->nr_free++;
	zone->free_orders |= 1u << order;
	zone->free_pages += 1u << order;
}

// Makes the zone what the state says, with free block `first` at the front of its list.
static void build(state_t s, unsigned int first)
{
	zone->free_pages = zone->free_orders = 0;
	for (unsigned int order = 0; order < ORDERS; order++) {
		INIT_LIST_HEAD(&zone->free_area[order].free_list);
		zone->free_area[order].nr_free = 0;
	}
	for (unsigned int i = 0; i < PAGES; i++) {
		const u32 what = at(s, i), order = what ? ORDER_OF(what) : 0;

		pages[i].flags = ZONE_NORMAL << PG_ZONE_SHIFT | order << PG_ORDER_SHIFT;
		if (IS_FREE(what) && i != first)
			list_free(i, order);
	}
	if (IS_FREE(at(s, first)))
		list_free(first, ORDER_OF(at(s, first)));
}

// What the zone is now. Pages that are inside of a block say nothing: `used` tells which are handed out.
static state_t read(state_t used)
{
	state_t s = 0;

	for (unsigned int i = 0; i < PAGES; i++) {
		if (PageBuddy(&pages[i]))
			s = with(s, i, FREE(page_order(&pages[i])));
		else if (IS_USED(at(used, i)))
			s = with(s, i, USED(page_order(&pages[i])));
	}
	return s;
}

static unsigned long free_pages_of(state_t s)
{
	unsigned long n = 0;

	for (unsigned int i = 0; i < PAGES; i++)
		n += IS_FREE(at(s, i)) ? 1u << ORDER_OF(at(s, i)) : 0;
	return n;
}

static void add(state_t s)
{
	u32 slot = (u32)(s * 0x9e3779b97f4a7c15ULL >> 44);

	for (; all.set[slot] != 0; slot = (slot + 1) % ARRAY_SIZE(all.set))
		if (all.set[slot] == s)
			return;
	BUG_ON(all.found == STATES); // more states than there can be
	all.set[slot] = s;
	all.queue[all.found++] = s;
}

static void expect_state(state_t wanted)
{
	BUG_ON(read(wanted) != wanted);
	BUG_ON(zone->free_pages != free_pages_of(wanted));
	for (unsigned int i = PAGES; i < 2 * PAGES; i++)
		BUG_ON(pages[i].flags != (ZONE_NORMAL << PG_ZONE_SHIFT | PG_reserved));
	buddy_check();
	add(wanted);
}

// ---- Every step -----------------------------------------------------------------------------------

static void try_take(state_t s, unsigned int first, unsigned int order)
{
	const state_t wanted = model_take(s, first, order);

	build(s, first);
	BUG_ON(buddy_take(zone, order) != &pages[first]);
	BUG_ON(page_order(&pages[first]) != order || PageBuddy(&pages[first]));
	expect_state(wanted);
	all.takes++;
}

// The block taken is of the smallest order that is large enough, and the first of its list.
static void try_takes(state_t s, unsigned int order)
{
	unsigned int from = ORDERS;

	for (unsigned int i = 0; i < PAGES; i++)
		if (IS_FREE(at(s, i)) && ORDER_OF(at(s, i)) >= order)
			from = min(from, ORDER_OF(at(s, i)));
	if (from == ORDERS) {
		build(s, 0);
		BUG_ON(buddy_take(zone, order) != NULL);
		expect_state(s);
		all.refused++;
	}
	for (unsigned int i = 0; i < PAGES; i++)
		if (at(s, i) == FREE(from))
			try_take(s, i, order);
}

static void try_give(state_t s, unsigned int i)
{
	build(s, 0);
	buddy_give(zone, &pages[i], ORDER_OF(at(s, i)));
	expect_state(model_give(s, i));
	all.gives++;
}

static void try_all(state_t s)
{
	for (unsigned int order = 0; order < ORDERS; order++)
		try_takes(s, order);
	for (unsigned int i = 0; i < PAGES; i++)
		if (IS_USED(at(s, i)))
			try_give(s, i);
}

// Sixteen pages at the start of a block whose rest is reserved, so nothing merges beyond them.
static void make_zone(void)
{
	mem_map = pages;
	for (int i = 0; i < MAX_NR_ZONES; i++)
		for (int order = 0; order < NR_PAGE_ORDERS; order++)
			INIT_LIST_HEAD(&zones[i].free_area[order].free_list);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		pages[i].flags = ZONE_NORMAL << PG_ZONE_SHIFT | PG_reserved;
	zone->managed_pages = PAGES;
}

int host_main(int argc, char **argv)
{
	const u64 start = os_nanoseconds();

	make_zone();
	spin_lock(&zone->lock);
	add(ALL_FREE);
	while (all.done < all.found)
		try_all(all.queue[all.done++]);
	spin_unlock(&zone->lock);
	BUG_ON(all.found != STATES);
	cprintf("exhaustive: %u states of %d pages, %lu blocks taken, %lu given back, %lu refused, "
		"in %llu ms: all as the model says\n",
		all.found, PAGES, all.takes, all.gives, all.refused,
		div_u64(os_nanoseconds() - start, 1000000));
	return 0;
}
