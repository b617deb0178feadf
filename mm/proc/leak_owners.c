// SPDX-License-Identifier: MIT
// Finds who allocated what a test did not free: the call sites of all memory allocated since the last
// mark.
//
// Linux: kmemleak's report, from page_owner and the slab's user tracking.

#include <lib/format.h>
#include <mm/gfp.h>
#include <mm/leak_owners.h>
#include <mm/page_debug.h>

#include "../slab/slab.h"

#define MOST_ROWS 8

u16 alloc_mark;

// Where the rows go, and how many there were.
struct report {
	void (*line)(const char *text, void *arg);
	void *arg;
	unsigned int rows;
};

static void add_row(struct report *to, const char *what, const void *at, u32 site)
{
	char text[120];

	if (to->rows++ >= MOST_ROWS)
		return;
	snprintf(text, sizeof(text), "  %s at %px, allocated by %pS", what, at,
		 (void *)(unsigned long)site);
	to->line(text, to->arg);
}

static void marked_objects(struct report *to, const struct kmem_cache *s, const struct page *slab)
{
	const char *object = slab_objects(s, slab);
	char what[60];

	snprintf(what, sizeof(what), "an object of cache %s", s->name);
	for (unsigned int i = 0; i < slab->objects; i++, object += s->size) {
		const struct slab_track *track = (const void *)(object + s->track);

		if (track->mark == alloc_mark && !slab_on_freelist(s, slab, object))
			add_row(to, what, object, track->alloc_site);
	}
}

static void marked_slabs(struct report *to, struct kmem_cache *s)
{
	const struct page *slab;
	unsigned long flags;

	if (!(s->flags & SLAB_STORE_USER))
		return;
	flags = spin_lock_irqsave(&s->lock);
	list_for_each_entry (slab, &s->partial, lru)
		marked_objects(to, s, slab);
	list_for_each_entry (slab, &s->full, lru)
		marked_objects(to, s, slab);
	spin_unlock_irqrestore(&s->lock, flags);
}

// Whether this is the first page of a block in use, not of a slab and not start-up's.
static bool block_in_use(const struct page *page)
{
	return page_ref_count(page) > 0 && !PageTail(page) && !PageSlab(page) &&
	       !PageReserved(page);
}

static void marked_blocks(struct report *to)
{
	char what[60];

	for (pfn_t pfn = min_low_pfn; pfn < max_pfn; pfn++) {
		const struct page *page = pfn_to_page(pfn);

		if (!page_initialised(pfn) || !block_in_use(page) ||
		    page_owners[pfn - min_low_pfn].mark != alloc_mark)
			continue;
		snprintf(what, sizeof(what), "2^%u pages, frame %#lx,", page_order(page), pfn);
		add_row(to, what, page_address(page), page_owners[pfn - min_low_pfn].alloc_site);
	}
}

void leak_owners_show(void (*line)(const char *text, void *arg), void *arg)
{
	struct report to = { line, arg, 0 };
	struct kmem_cache *s;
	char text[40];

	if (!CONFIG_DEBUG) {
		line("  only debug builds remember who allocated it (make DEBUG=1)", arg);
		return;
	}
	list_for_each_entry (s, &slab_caches.list, list)
		marked_slabs(&to, s);
	marked_blocks(&to);
	if (to.rows > MOST_ROWS) {
		snprintf(text, sizeof(text), "  and %u more", to.rows - MOST_ROWS);
		line(text, arg);
	}
}
