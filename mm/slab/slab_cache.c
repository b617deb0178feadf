// SPDX-License-Identifier: MIT
// Creates and destroys caches, and prints their figures.
//
// Owns: the list of all caches. Linux: mm/slab_common.c.

#include <abi/errno.h>
#include <kernel/cmdline.h>
#include <kernel/context.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/kasan.h>

#include "slab.h"
#include "../vmalloc/vmalloc.h"

struct slab_caches slab_caches = { .list = LIST_HEAD_INIT(slab_caches.list) };

// The cache of the structs that kmem_cache_create() returns.
static struct kmem_cache cache_cache;

// KASAN needs gaps between objects, and reports their owners.
slab_flags_t slab_debug_default = CONFIG_DEBUG   ? SLAB_DEBUG_FLAGS
				  : CONFIG_KASAN ? SLAB_RED_ZONE | SLAB_STORE_USER
						 : 0;

static unsigned int waste(unsigned int order, unsigned int size)
{
	return (PAGE_SIZE << order) % size;
}

// The smallest order with at least four objects that wastes at most 1/16 of the slab, else 1/8, else
// 1/4.
static unsigned int choose_order(unsigned int size, unsigned int min_order)
{
	for (unsigned int fraction = 16; fraction >= 4; fraction /= 2)
		for (unsigned int order = min_order; order <= SLAB_MAX_ORDER; order++)
			if ((PAGE_SIZE << order) / size >= 4 &&
			    waste(order, size) <= (PAGE_SIZE << order) / fraction)
				return order;
	return max(min_order, (unsigned int)SLAB_MAX_ORDER);
}

// Computes offsets and sizes from object_size, align and flags.
static void lay_out(struct kmem_cache *s)
{
	unsigned int size = ALIGN(s->object_size, (u32)sizeof(void *));

	if ((s->flags & SLAB_RED_ZONE) && size == s->object_size)
		size += sizeof(void *);
	s->inuse = size;
	s->offset = 0;
	if (s->ctor || (s->flags & (SLAB_POISON | SLAB_RED_ZONE))) {
		s->offset =
			size; // the link must be outside the bytes that are constructed or checked
		size += sizeof(void *);
	}
	s->track = 0;
	if (s->flags & SLAB_STORE_USER) {
		s->track = size;
		size += sizeof(struct slab_track);
	}
	if (s->flags & SLAB_RED_ZONE)
		s->red_left = ALIGN((u32)sizeof(void *), s->align);
	s->size = ALIGN(s->red_left + size, s->align);
	s->min_order = get_order(s->size);
	s->order = choose_order(s->size, s->min_order);
	s->objects = (PAGE_SIZE << s->order) / s->size;
}

// Objects of at most half a cache line share a line, but none crosses a line's border.
static unsigned int line_align(unsigned int size)
{
	unsigned int align = L1_CACHE_BYTES;

	while (align > sizeof(void *) && size <= align / 2)
		align /= 2;
	return align;
}

int kmem_cache_open(struct kmem_cache *s, const char *name, unsigned int size, unsigned int align,
		    slab_flags_t flags, void (*ctor)(void *object))
{
	unsigned long irqflags;

	if (!name || size == 0 || size > KMALLOC_MAX_SIZE / 2 || (align & (align - 1)) != 0 ||
	    align > PAGE_SIZE)
		return -EINVAL;
	memset(s, 0, sizeof(*s));
	s->name = name;
	s->object_size = size;
	s->flags = flags | slab_debug_default;
	s->ctor = ctor;
	// With KASAN, no two objects may share a granule of the shadow.
	s->align = max(align, (u32)(CONFIG_KASAN ? KASAN_GRANULE : sizeof(void *)));
	if (flags & SLAB_HWCACHE_ALIGN)
		s->align = max(s->align, line_align(size));
	s->min_partial = 5;
	INIT_LIST_HEAD(&s->partial);
	INIT_LIST_HEAD(&s->full);
	lay_out(s);
	irqflags = spin_lock_irqsave(&slab_caches.lock);
	list_add_tail(&s->list, &slab_caches.list);
	spin_unlock_irqrestore(&slab_caches.lock, irqflags);
	return 0;
}

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *object))
{
	struct kmem_cache *s;
	int err = -ENOMEM;

	might_sleep();
	s = kmem_cache_alloc(&cache_cache, GFP_KERNEL);
	if (s)
		err = kmem_cache_open(s, name, size, align, flags, ctor);
	if (err == 0)
		return s;
	kmem_cache_free(&cache_cache, s);
	pr_err("kmem_cache_create(%s): size %u, align %u: error %d\n", name ? name : "(null)", size,
	       align, err);
	if (flags & SLAB_PANIC)
		panic("kmem_cache_create(%s) failed: error %d", name ? name : "(null)", err);
	return NULL;
}

static unsigned long count_pages(struct list_head *slabs)
{
	struct page *page;
	unsigned long n = 0;

	list_for_each_entry (page, slabs, lru)
		n += 1UL << page_order(page);
	return n;
}

// The pages of a cache's slabs. Needs the lock, unless an approximate figure will do.
static unsigned long cache_pages(struct kmem_cache *s)
{
	return count_pages(&s->partial) + count_pages(&s->full) +
	       (s->cpu_page ? 1UL << page_order(s->cpu_page) : 0);
}

unsigned long kmem_cache_shrink(struct kmem_cache *s)
{
	unsigned long flags = spin_lock_irqsave(&s->lock);
	const unsigned long before = cache_pages(s);
	unsigned long freed;

	slab_deactivate(s);
	for (struct list_head *pos = s->partial.next; pos != &s->partial;) {
		struct page *page = list_entry(pos, struct page, lru);

		pos = pos->next;
		if (page->inuse != 0)
			continue;
		list_del(&page->lru);
		s->nr_partial--;
		slab_free_page(s, page);
	}
	freed = before - cache_pages(s);
	spin_unlock_irqrestore(&s->lock, flags);
	return freed;
}

static void show_live_objects(struct kmem_cache *s, struct list_head *slabs)
{
	struct page *page;

	list_for_each_entry (page, slabs, lru) {
		char *object = slab_objects(s, page);

		for (unsigned int i = 0; i < page->objects; i++, object += s->size)
			if (!slab_on_freelist(s, page, object))
				slab_show_object(s, page, object);
	}
}

int kmem_cache_destroy(struct kmem_cache *s)
{
	unsigned long flags;

	if (!s)
		return 0;
	might_sleep();
	kmem_cache_shrink(s);
	if (s->nr_slabs != 0) {
		kmem_cache_validate(s); // a broken list would make free objects look used
		pr_err("kmem_cache_destroy(%s): %lu objects are still in use:\n", s->name,
		       kmem_cache_active(s));
		show_live_objects(s, &s->partial);
		show_live_objects(s, &s->full);
		return -EBUSY;
	}
	flags = spin_lock_irqsave(&slab_caches.lock);
	list_del(&s->list);
	spin_unlock_irqrestore(&slab_caches.lock, flags);
	kmem_cache_free(&cache_cache, s);
	return 0;
}

static unsigned long count_used(struct list_head *slabs)
{
	struct page *page;
	unsigned long n = 0;

	list_for_each_entry (page, slabs, lru)
		n += page->inuse;
	return n;
}

unsigned long kmem_cache_active(struct kmem_cache *s)
{
	unsigned long flags = spin_lock_irqsave(&s->lock);
	unsigned long n = count_used(&s->partial) + count_used(&s->full);

	if (s->cpu_page) {
		n += s->cpu_page->inuse;
		for (void *o = s->cpu_freelist; o; o = get_freepointer(s, o))
			n--;
	}
	spin_unlock_irqrestore(&s->lock, flags);
	return n;
}

unsigned long slab_active_objects(void)
{
	struct kmem_cache *s;
	unsigned long n = 0;

	vm_area_drop_spare(); // it is not in use
	list_for_each_entry (s, &slab_caches.list, list)
		n += kmem_cache_active(s);
	return n;
}

unsigned long slab_pages(void)
{
	struct kmem_cache *s;
	unsigned long n = 0;

	list_for_each_entry (s, &slab_caches.list, list)
		n += cache_pages(s);
	return n;
}

void slab_drain(void)
{
	struct kmem_cache *s;

	list_for_each_entry (s, &slab_caches.list, list) {
		unsigned long flags = spin_lock_irqsave(&s->lock);

		slab_deactivate(s);
		spin_unlock_irqrestore(&s->lock, flags);
	}
}

void slab_init(void)
{
	const char *letters = kernel_params.slab_debug;

	if (letters && slab_debug_parse(letters, &slab_debug_default) != 0)
		pr_warn("Malformed kernel command line parameter \"slab_debug=%s\", ignored\n",
			letters);
	int err = kmem_cache_open(&cache_cache, "kmem_cache", sizeof(struct kmem_cache),
				  __alignof__(struct kmem_cache), 0, NULL);

	if (err)
		panic("slab_init: the cache of caches cannot be laid out: error %d", err);
	kmalloc_init();
}
