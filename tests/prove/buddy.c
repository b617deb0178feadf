// SPDX-License-Identifier: MIT
// What Frama-C's Eva proves of mm/page/buddy.c (`make prove`).
//
// A zone of PAGES pages, and a program that takes and gives back blocks for ever, of any order and in
// any sequence. Eva interprets the C source and follows every state that it can get into, free
// lists and their order included, until none is new: then no BUG() below can be reached, nor anything
// that C leaves undefined (an access outside of an object, an overflow, a value not initialised).

// Eva does not know what GCC's builtin counts.
static int count_trailing_zeros(unsigned int x)
{
	int n = 0;

	for (; !(x >> n & 1); n++)
		;
	return n;
}
#define __builtin_ctz count_trailing_zeros

#ifndef BUDDY // else: a copy with a mistake in it, which must be found
#define BUDDY "../../mm/page/buddy.c"
#endif
#include BUDDY

#ifndef PAGES
#define PAGES 4
#endif

// A sentence that is false ends the proof.
__noreturn void bug(const char *file, int line, const char *func, const char *cond)
{
	//@ assert the_kernel_is_right: \false;
	for (;;)
		;
}

// All blocks were filled in at the start.
void init_block(unsigned long block, u32 flags)
{
	BUG();
}

bool block_pristine(unsigned long block)
{
	BUG();
}

// One block of the largest order, so that buddy_of() stays in the array; the rest is reserved.
static struct page pages[2 * PAGES];
struct page *mem_map = pages;
struct zone zones[MAX_NR_ZONES];

static struct zone *const zone = &zones[ZONE_NORMAL];
// For each page: 1 + order of the block handed out there, or 0.
static u8 used[PAGES];

/*@ assigns \result \from \nothing; ensures 0 <= \result <= most; */
static unsigned int any(unsigned int most);

static void recount(void)
{
	unsigned long free = 0, blocks[NR_PAGE_ORDERS] = { 0 };

	for (unsigned int i = 0; i < PAGES; i++) {
		const unsigned int order = page_order(&pages[i]);

		if (!PageBuddy(&pages[i]))
			continue;
		BUG_ON(used[i] || i % (1u << order) != 0 || i + (1u << order) > PAGES);
		// Nothing in it is handed out, and its other half is not free.
		for (unsigned int j = i + 1; j < i + (1u << order); j++)
			BUG_ON(used[j] || PageBuddy(&pages[j]));
		BUG_ON(is_free_block(&pages[i ^ 1u << order], order));
		blocks[order]++;
		free += 1u << order;
	}
	BUG_ON(free != zone->free_pages);
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++) {
		BUG_ON(blocks[order] != zone->free_area[order].nr_free);
		BUG_ON((blocks[order] != 0) != (zone->free_orders >> order & 1));
	}
	// Every page is free or handed out, and none is both.
	for (unsigned int i = 0; i < PAGES; i++)
		if (used[i])
			free += 1u << (used[i] - 1);
	BUG_ON(free != PAGES);
}

static void take(unsigned int order)
{
	struct page *page = buddy_take(zone, order);

	if (!page) {
		for (unsigned int i = order; i < NR_PAGE_ORDERS; i++)
			BUG_ON(zone->free_area[i].nr_free != 0);
		return;
	}
	BUG_ON(page < pages || page >= pages + PAGES || used[page - pages]);
	BUG_ON(page_order(page) != order || PageBuddy(page));
	used[page - pages] = 1 + order;
}

static void give(unsigned int i)
{
	const unsigned int order = used[i] - 1;

	used[i] = 0;
	buddy_give(zone, &pages[i], order);
}

static void step(unsigned int what)
{
	if (what < NR_PAGE_ORDERS)
		take(what);
	else if (used[what - NR_PAGE_ORDERS])
		give(what - NR_PAGE_ORDERS);
	recount();
}

int main(void)
{
	for (unsigned int i = 0; i < NR_PAGE_ORDERS; i++)
		INIT_LIST_HEAD(&zone->free_area[i].free_list);
	for (unsigned int i = 0; i < 2 * PAGES; i++)
		pages[i].flags = ZONE_NORMAL << PG_ZONE_SHIFT | PG_reserved;
	for (unsigned int i = 0; i < PAGES; i++) {
		pages[i].flags = ZONE_NORMAL << PG_ZONE_SHIFT;
		buddy_give(zone, &pages[i], 0);
	}
	recount();
	for (;;) {
		unsigned int what = any(NR_PAGE_ORDERS + PAGES - 1);

		//@ split what;
		step(what);
		//@ merge what;
	}
}
