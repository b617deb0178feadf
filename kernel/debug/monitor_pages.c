// SPDX-License-Identifier: MIT
// Pages by hand: alloc and free, and which block was split or merged for them.
//
// The allocator does not report this, so the commands compare its lists before and after. A request takes
// a block from the per-CPU list of its order. If that is empty, it takes the smallest block of the buddy
// allocator that is large enough, then more blocks to refill the list.

#include <lib/format.h>
#include <lib/seq_buf.h>
#include <mm/highmem.h>
#include <mm/procinfo.h>

#include "monitor.h"

struct lists {
	unsigned long blocks[MAX_NR_ZONES][NR_PAGE_ORDERS]; // as in buddyinfo
	unsigned long pristine[MAX_NR_ZONES]; // deferred: blocks of the largest order, never used
	int pcp[MAX_NR_ZONES][PCP_ORDERS];
};

static void read_lists(struct lists *lists)
{
	for (int z = 0; z < MAX_NR_ZONES; z++) {
		zone_count_blocks(&zones[z], lists->blocks[z]);
		lists->pristine[z] = zones[z].pristine_blocks;
		for (int order = 0; order < PCP_ORDERS; order++)
			lists->pcp[z][order] = zones[z].pcp[order].count;
	}
}

static void say_blocks(const char *when, const unsigned long blocks[NR_PAGE_ORDERS])
{
	char text[100];
	struct seq_buf s;

	seq_buf_init(&s, text, sizeof(text));
	for (int order = 0; order < NR_PAGE_ORDERS; order++)
		seq_buf_printf(&s, " %5lu", blocks[order]);
	say("    %-6s %s", when, text);
}

static void say_rows(int z, const struct lists *before, const struct lists *after)
{
	static const unsigned long orders[NR_PAGE_ORDERS] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

	say("  free blocks of zone %s (buddyinfo):", zones[z].name);
	say_blocks("order", orders);
	say_blocks("before", before->blocks[z]);
	say_blocks("after", after->blocks[z]);
}

// The first page of the 2^order block that contains this page.
static struct page *head_of(struct page *page, unsigned int order)
{
	return mem_map + ALIGN_DOWN((unsigned long)(page - mem_map), 1UL << order);
}

// Prints the orders from - 1 down to `to`: the halves that splitting a block of 2^from pages leaves free.
static void print_orders(struct seq_buf *s, unsigned int from, unsigned int to)
{
	for (unsigned int order = from; order-- > to;)
		seq_buf_printf(s, " 2^%u", order);
}

// Prints which block the page was split from: the smallest that was large enough. Returns its order.
static unsigned int say_split(struct page *page, unsigned int order, const struct lists *before)
{
	const int z = page_zonenum(page);
	unsigned int from = order;
	char text[80];
	struct seq_buf s;

	while (from < MAX_PAGE_ORDER && before->blocks[z][from] == 0)
		from++;
	if (from == order) {
		say("  from the buddy: a free block of 2^%u pages, nothing to split", order);
		return from;
	}
	seq_buf_init(&s, text, sizeof(text));
	print_orders(&s, from, order);
	say("  split: the block of 2^%u pages at page frame %#lx%s", from,
	    page_to_pfn(head_of(page, from)),
	    from == MAX_PAGE_ORDER && before->blocks[z][from] == before->pristine[z]
		    ? ", which nothing had used since start-up"
		    : "");
	say("    its halves go to the free lists:%s", text);
	return from;
}

// Prints the refill of the per-CPU list: more blocks of the same order. Blocks of higher orders that have
// gone from the free lists were split for it.
static void say_refill(int z, unsigned int order, unsigned int from, const struct lists *before,
		       const struct lists *after)
{
	if (after->pcp[z][order] == 0)
		return;
	say("  then the per-CPU list takes %d more blocks of 2^%u from the free lists",
	    after->pcp[z][order], order);
	for (unsigned int k = order + 1; k < NR_PAGE_ORDERS; k++) {
		const long gone = before->blocks[z][k] - after->blocks[z][k] - (k == from);

		if (gone > 0)
			say("    split for it: %ld of the blocks of 2^%u", gone, k);
	}
}

static void say_origin(struct page *page, unsigned int order, gfp_t gfp, const struct lists *before,
		       const struct lists *after)
{
	const int z = page_zonenum(page);
	const struct zone *first = first_zone[gfp_zone(gfp)];
	unsigned int from;

	if (first != page_zone(page))
		say("  zone %s could not serve it: fell back to zone %s", first->name,
		    zones[z].name);
	if (order < PCP_ORDERS && before->pcp[z][order] > 0) {
		say("  from the per-CPU list of 2^%u blocks, filled by an earlier split or free: "
		    "%d are left in it",
		    order, after->pcp[z][order]);
		return;
	}
	if (order < PCP_ORDERS)
		say("  the per-CPU list of 2^%u blocks is empty: the buddy is asked", order);
	from = say_split(page, order, before);
	if (order < PCP_ORDERS)
		say_refill(z, order, from, before, after);
}

static void describe_pages(struct held *h)
{
	struct page *page = h->page;
	struct seq_buf s;

	seq_buf_init(&s, h->text, sizeof(h->text));
	seq_buf_printf(&s, "2^%lu pages (%lu kB), page frame %#lx, zone %s, ", h->size,
		       PAGE_SIZE / SZ_1K << h->size, page_to_pfn(page), page_zone(page)->name);
	if (PageHighMem(page))
		seq_buf_printf(&s, "no address of its own");
	else
		seq_buf_printf(&s, "address %08lx", h->va);
}

static void cmd_alloc(char *args)
{
	struct lists before, after;
	unsigned long order;
	struct held *h;
	gfp_t gfp;

	if (!read_count("alloc", next_word(&args), "an order", MAX_PAGE_ORDER, &order) ||
	    !read_gfp("alloc", args, &gfp) || !(h = held_new("alloc")))
		return;
	read_lists(&before);
	h->page = alloc_pages(gfp | __GFP_NOWARN, order);
	read_lists(&after);
	if (!h->page) {
		say("alloc: no block of 2^%lu pages is left for this request (see buddyinfo)",
		    order);
		return;
	}
	h->size = order;
	if (!PageHighMem(h->page))
		h->va = (unsigned long)page_to_virt(h->page);
	describe_pages(h);
	held_added(h, HELD_PAGES);
	say_origin(h->page, order, gfp, &before, &after);
	say_rows(page_zonenum(h->page), &before, &after);
}

// Prints which free block now contains the freed one.
static void say_merge(struct page *page, unsigned int order)
{
	unsigned int to = order;
	char text[80];
	struct seq_buf s;

	while (to < MAX_PAGE_ORDER &&
	       !(PageBuddy(head_of(page, to)) && page_order(head_of(page, to)) == to))
		to++;
	if (to == order) {
		say("  no merge: its buddy, the 2^%u block at page frame %#lx, is in use", order,
		    page_to_pfn(mem_map + ((unsigned long)(page - mem_map) ^ (1UL << order))));
		return;
	}
	seq_buf_init(&s, text, sizeof(text));
	for (unsigned int k = order; k < to; k++)
		seq_buf_printf(&s, " 2^%u", k);
	say("  merged with its free buddies:%s", text);
	say("    one free block of 2^%u pages at page frame %#lx", to,
	    page_to_pfn(head_of(page, to)));
}

// Warns about mappings of these pages that the student forgot.
static void say_still_mapped(const struct held *pages)
{
	static const enum held_kind windows[] = { HELD_KMAP, HELD_MAPPING };

	for (size_t i = 0; i < ARRAY_SIZE(windows); i++)
		for (struct held *h = held_next(NULL, windows[i]); h; h = held_next(h, windows[i]))
			if (h->page >= pages->page && h->page < pages->page + (1UL << pages->size))
				say("  careful: #%u still shows page frame %#lx, whoever gets it "
				    "next",
				    held_number(h), page_to_pfn(h->page));
}

static void cmd_free(char *args)
{
	struct held *h = held_find("free", HELD_PAGES, args);
	struct lists before, after;
	unsigned int order;

	if (!h)
		return;
	order = h->size;
	read_lists(&before);
	__free_pages(h->page, order);
	held_drop(h);
	say("freed #%u: %s", held_number(h), h->text);
	if (order < PCP_ORDERS) {
		say("  to the per-CPU list of 2^%u blocks: %d in it; the list is drained now, so "
		    "that "
		    "blocks merge",
		    order, page_zone(h->page)->pcp[order].count);
		drain_all_pages();
	}
	read_lists(&after);
	say_merge(h->page, order);
	say_still_mapped(h);
	say_rows(page_zonenum(h->page), &before, &after);
}

static void cmd_drain(char *args)
{
	drain_all_pages();
	say("the per-CPU lists are empty: their blocks are in the free lists, merged");
	buddyinfo_show(monitor_line, NULL);
}

static const char alloc_more[] =
	"ORDER is 0 to 10: 2^ORDER pages of 4 kB. GFP is kernel (the default), atomic, nowait, "
	"user,\n"
	"highuser (highmem too) or dma; zero and comp can follow. Shown: the block that was split, "
	"or\n"
	"the per-CPU list that had one ready, and the zone's row of buddyinfo before and after.";
static const char free_more[] =
	"Without an argument: the pages that alloc took last. NUMBER is what held shows; an "
	"address\n"
	"(hexadecimal) will do. A small block goes to a per-CPU list first; this command drains "
	"the\n"
	"list at once, so that the merge can be seen. The kernel itself waits until it is full.";

const struct command monitor_page_commands[] = {
	{ "alloc", "ORDER [GFP]", "take a block of pages from the buddy", cmd_alloc, alloc_more,
	  NULL },
	{ "free", "[NUMBER]", "give one back", cmd_free, free_more, NULL },
	{ "drain", "", "empty the per-CPU lists, so that free blocks merge", cmd_drain, NULL,
	  NULL },
	{ "held", "", "what the commands here have taken and not given back", cmd_held, NULL,
	  NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};
