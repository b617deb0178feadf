// SPDX-License-Identifier: MIT
// Recounting the caches: the lists and counters of every cache, the objects of debug caches.
//
// Rules: a counter or a list that is wrong is the kernel's mistake and panics; an object that was
// written to is its user's mistake, is reported and mended.
// Linux: validate_slab_cache() in mm/slub.c.

#include <kernel/panic.h>

#include "slab.h"

// The objects of one slab: the free list is sound and has as many as inuse says.
static void check_slab(struct kmem_cache *s, struct page *page)
{
	unsigned int free = 0;

	BUG_ON(!PageSlab(page) || page->slab_cache != s || page->head != page);
	for (void *o = page->freelist; o; o = get_freepointer(s, o)) {
		BUG_ON(!slab_is_object(s, page, o));
		BUG_ON(++free > page->objects);
	}
	BUG_ON(page->inuse + free != page->objects);
}

static void check_slab_at_hand(struct kmem_cache *s, struct page *page)
{
	unsigned int free = 0;

	BUG_ON(slab_debug(s));
	check_slab(s, page);
	BUG_ON(s->cpu_start != (unsigned long)page_to_virt(page));
	BUG_ON(s->cpu_size != PAGE_SIZE << page_order(page));
	for (void *o = s->cpu_freelist; o; o = get_freepointer(s, o)) {
		BUG_ON(!slab_is_object(s, page, o));
		BUG_ON(++free > page->objects);
	}
}

static void check_cache(struct kmem_cache *s)
{
	unsigned long slabs = 0, partial = 0, objects = 0;
	struct page *page;

	list_for_each_entry (page, &s->partial, lru) {
		BUG_ON(!page->freelist);
		check_slab(s, page);
		objects += page->objects;
		partial++;
	}
	list_for_each_entry (page, &s->full, lru) {
		BUG_ON(page->freelist);
		check_slab(s, page);
		objects += page->objects;
		slabs++;
	}
	BUG_ON(partial != s->nr_partial);
	slabs += partial;
	BUG_ON((s->cpu_freelist || s->cpu_size) && !s->cpu_page);
	if (s->cpu_page) {
		check_slab_at_hand(s, s->cpu_page);
		objects += s->cpu_page->objects;
		slabs++;
	}
	BUG_ON(slabs != s->nr_slabs || objects != s->total_objects);
}

void slab_check(void)
{
	struct kmem_cache *s;

	list_for_each_entry (s, &slab_caches.list, list) {
		unsigned long flags = spin_lock_irqsave(&s->lock);

		check_cache(s);
		spin_unlock_irqrestore(&s->lock, flags);
	}
}

static unsigned long validate_slabs(struct kmem_cache *s, struct list_head *slabs)
{
	struct page *page;
	unsigned long bad = 0;

	list_for_each_entry (page, slabs, lru)
		bad += slab_debug_validate(s, page);
	return bad;
}

unsigned long kmem_cache_validate(struct kmem_cache *s)
{
	unsigned long flags = spin_lock_irqsave(&s->lock);
	unsigned long bad = 0;

	if (slab_debug(s))
		bad = validate_slabs(s, &s->partial) + validate_slabs(s, &s->full);
	spin_unlock_irqrestore(&s->lock, flags);
	return bad;
}
