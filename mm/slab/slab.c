// SPDX-License-Identifier: MIT
// The slab allocator: allocates objects of one size from blocks of pages.
//
//       page allocator
//         |         ^
//         | new     | empty, while the list has min_partial slabs
//         v         |
//   +-------------------+   alloc_refill(): cpu_freelist is empty   +-------------------+
//   | partial list:     |------------------------------------------>| per-CPU slab:     |
//   | has free objects  |<------------------------------------------| cpu_page, in no   |
//   +-------------------+   slab_deactivate(): has free objects     | list              |
//         |         ^                                               +-------------------+
//   alloc |         | free of                                           |
//  of the |         | an object                                         | slab_deactivate():
//    last |         |                                                   | no free object
//  object v         |                                                   v
//   +---------------------------------------------------------------------------------+
//   | full list: no free object                                                       |
//   +---------------------------------------------------------------------------------+
//
// Each cache has one per-CPU slab (cpu_page). Its free objects are on cpu_freelist, where the common
// paths pop and push without masking interrupts: interrupt handlers always use the slow paths, and the
// kernel is not preempted. The slow paths also take single objects from the partial list. A free finds
// the slab through struct page and the cache through page->slab_cache, in O(1).
//
// Owns: PG_slab pages: flags, freelist, inuse, objects, slab_cache, head; the caches' lists.
// Rules: the objects on cpu_freelist count as in use; cpu_page's own freelist has those that handlers
// freed. A cache with debug flags or a constructor has no per-CPU slab: every alloc and free uses the
// slow paths.
// Linux: mm/slub.c, whose common paths use a cmpxchg of two words, since handlers use them too; and
// per-CPU partial lists.

#include <kernel/context.h>
#include <kernel/irq.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/alloc_sites.h>
#include <mm/fault_inject.h>
#include <mm/kasan.h>

#include "../page/page_alloc.h"
#include "slab.h"

// The cache decides these, not the caller.
#define GFP_SLAB_IGNORED (GFP_ZONEMASK | __GFP_ZERO | __GFP_COMP)

gfp_t slab_fix_gfp(gfp_t gfp)
{
	pr_err("slab: gfp bits %#lx make no sense here, dropped\n", gfp & GFP_SLAB_BUG_MASK);
	dump_stack(NULL);
	return gfp & ~GFP_SLAB_BUG_MASK;
}

// Links all objects of a new slab, in ascending order, and constructs them.
static void link_objects(struct kmem_cache *s, struct page *page)
{
	char *object = slab_objects(s, page);

	page->freelist = object;
	for (unsigned int i = 0; i < page->objects; i++, object += s->size) {
		if (slab_debug(s))
			slab_debug_init(s, object);
		if (s->ctor)
			s->ctor(object);
		set_freepointer(s, object, i + 1 < page->objects ? object + s->size : NULL);
	}
}

static void mark_slab(struct kmem_cache *s, struct page *head, unsigned int order)
{
	for (struct page *page = head; page < head + (1UL << order); page++) {
		page->flags |= PG_slab;
		page->slab_cache = s;
		page->head = head;
	}
	head->inuse = 0;
	head->objects = (PAGE_SIZE << order) / s->size;
}

// Allocates a slab of the usual order, or of the smallest that holds an object. NULL: no memory.
static struct page *new_slab(struct kmem_cache *s, gfp_t gfp)
{
	unsigned int order = s->order;
	struct page *page = NULL;

	gfp &= ~GFP_SLAB_IGNORED;
	if (s->flags & SLAB_CACHE_DMA)
		gfp |= __GFP_DMA;
	if (order > s->min_order)
		page = alloc_pages((gfp | __GFP_NOWARN) & ~__GFP_NOFAIL, order);
	if (!page) {
		order = s->min_order;
		page = alloc_pages(gfp, order);
	}
	if (!page)
		return NULL;
	mark_slab(s, page, order);
	link_objects(s, page);
	kasan_new_slab(s, page);
	s->nr_slabs++;
	s->total_objects += page->objects;
	return page;
}

// Frees an empty slab that is in no list.
void slab_free_page(struct kmem_cache *s, struct page *head)
{
	const unsigned int order = page_order(head);

	s->nr_slabs--;
	s->total_objects -= head->objects;
	for (struct page *page = head; page < head + (1UL << order); page++) {
		page->flags &= ~PG_slab;
		page->mapping = NULL;
		page->_mapcount = -1;
	}
	__free_pages(head, order);
}

static void add_partial(struct kmem_cache *s, struct page *page)
{
	list_add_tail(&page->lru, &s->partial);
	s->nr_partial++;
}

static void remove_partial(struct kmem_cache *s, struct page *page)
{
	list_del(&page->lru);
	s->nr_partial--;
}

// Puts a slab into the right list, or frees it.
static void list_slab(struct kmem_cache *s, struct page *page)
{
	if (!page->freelist)
		list_add(&page->lru, &s->full);
	else if (page->inuse == 0 && s->nr_partial >= s->min_partial)
		slab_free_page(s, page);
	else
		add_partial(s, page);
}

// Returns the per-CPU slab to the lists, with its unused objects. Not in a handler, which may have
// interrupted an allocation from it.
void slab_deactivate(struct kmem_cache *s)
{
	struct page *page = s->cpu_page;
	void *last = NULL;

	if (!page || in_interrupt())
		return;
	for (void *object = s->cpu_freelist; object; object = get_freepointer(s, object)) {
		last = object;
		page->inuse--;
	}
	if (last) { // in front of the objects that handlers freed
		set_freepointer(s, last, page->freelist);
		page->freelist = s->cpu_freelist;
	}
	s->cpu_freelist = NULL;
	s->cpu_size = 0;
	s->cpu_page = NULL;
	list_slab(s, page);
}

// A slab with a free object, removed from the lists. NULL: no memory. Needs the lock.
static struct page *get_slab(struct kmem_cache *s, gfp_t gfp)
{
	struct page *page;

	if (list_empty(&s->partial))
		return new_slab(s, gfp);
	page = list_first_entry(&s->partial, struct page, lru);
	remove_partial(s, page);
	return page;
}

// Allocates an object from a listed slab: for debug caches, which check it, and for handlers.
static void *alloc_listed(struct kmem_cache *s, gfp_t gfp, size_t size, unsigned long site)
{
	struct page *page = get_slab(s, gfp);
	void *object;

	if (!page)
		return NULL;
	object = page->freelist;
	page->inuse++;
	if (slab_debug(s))
		slab_debug_alloc(s, page, object, size, site);
	page->freelist = get_freepointer(s, object);
	list_slab(s, page);
	return object;
}

// Makes a slab with free objects the per-CPU slab, and allocates the first of them.
static void *alloc_refill(struct kmem_cache *s, gfp_t gfp)
{
	struct page *page;
	void *object;

	slab_deactivate(s);
	page = get_slab(s, gfp);
	if (!page)
		return NULL;
	object = page->freelist;
	s->cpu_freelist = get_freepointer(s, object);
	s->cpu_start = (unsigned long)page_to_virt(page);
	s->cpu_size = PAGE_SIZE << page_order(page);
	s->cpu_page = page;
	page->freelist = NULL;
	page->inuse = page->objects;
	if (fault_injection_active()) // no per-CPU slab may stay
		slab_deactivate(s);
	return object;
}

// The next object on cpu_freelist. NULL: none, or the flags need the slow path, or a handler runs.
static __always_inline void *slab_alloc_fast(struct kmem_cache *s, gfp_t gfp)
{
	void *object;

	if (unlikely(gfp >> GFP_SLAB_SHIFT != 0 || in_interrupt()))
		return NULL;
	object = s->cpu_freelist;
	if (likely(object))
		s->cpu_freelist = *(void **)object;
	return object;
}

static void *alloc_locked(struct kmem_cache *s, gfp_t gfp, size_t size, unsigned long site)
{
	unsigned long flags = spin_lock_irqsave(&s->lock);
	void *object;

	gfp &= ~__GFP_DIRECT_RECLAIM;
	if (!slab_keeps_at_hand(s) || in_interrupt())
		object = alloc_listed(s, gfp, size, site);
	else
		object = alloc_refill(s, gfp);
	spin_unlock_irqrestore(&s->lock, flags);
	return object;
}

// The allocations that the common path cannot handle. size: for a debug cache to remember; 0: all of
// the object.
static void *slab_alloc_slow(struct kmem_cache *s, gfp_t gfp, size_t size, unsigned long site)
{
	void *object;

	if (gfp & GFP_SLAB_BUG_MASK)
		gfp = slab_fix_gfp(gfp);
	object = slab_alloc_fast(s, gfp & ~__GFP_ZERO);
	if (!object && !should_failslab(gfp))
		object = alloc_locked(s, gfp, size, site);
	if (CONFIG_DEBUG)
		alloc_site_note(site, object == NULL);
	if (object && (gfp & __GFP_ZERO))
		memset(object, 0, slab_debug(s) ? slab_owned_size(s, object) : s->object_size);
	return object;
}

static __noinline void *cache_alloc_slow(struct kmem_cache *s, gfp_t gfp, unsigned long site)
{
	return slab_alloc_slow(s, gfp, 0, site);
}

void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	void *object;

	might_sleep_if(gfp & __GFP_DIRECT_RECLAIM);
	object = slab_alloc_fast(s, gfp);
	if (unlikely(!object))
		object = cache_alloc_slow(s, gfp, __RETURN_ADDRESS);
	return kasan_slab_alloc(s, object, 0);
}

void *kmalloc_sized(struct kmem_cache *s, gfp_t gfp, size_t size)
{
	void *object;

	might_sleep_if(gfp & __GFP_DIRECT_RECLAIM);
	object = slab_alloc_fast(s, gfp);
	if (unlikely(!object))
		object = slab_alloc_slow(s, gfp, size, __RETURN_ADDRESS);
	return kasan_slab_alloc(s, object, size);
}

void *kmalloc_sized_at(struct kmem_cache *s, gfp_t gfp, size_t size, unsigned long site)
{
	might_sleep_if(gfp & __GFP_DIRECT_RECLAIM);
	return kasan_slab_alloc(s, slab_alloc_slow(s, gfp, size, site), size);
}

// ---- Free ----------------------------------------------------------------------------------------

// Frees an object of a slab that is not the per-CPU slab, or in a handler.
static void free_slow_object(struct kmem_cache *s, struct page *page, void *object,
			     unsigned long site)
{
	unsigned long flags = spin_lock_irqsave(&s->lock);
	const bool was_full = !page->freelist;

	if ((slab_debug(s) && !slab_debug_free(s, page, object, site)) ||
	    kasan_slab_free(s, object)) {
		spin_unlock_irqrestore(&s->lock, flags);
		return;
	}
	set_freepointer(s, object, page->freelist);
	page->freelist = object;
	page->inuse--;
	if (page == s->cpu_page) {
		; // in no list; slab_deactivate() will link the object
	} else if (was_full) {
		list_del(&page->lru);
		list_slab(s, page);
	} else if (page->inuse == 0 && s->nr_partial > s->min_partial) {
		remove_partial(s, page);
		slab_free_page(s, page);
	}
	spin_unlock_irqrestore(&s->lock, flags);
}

// Frees an object of the per-CPU slab. False: it is in another slab, or a handler runs.
static __always_inline bool slab_free_fast(struct kmem_cache *s, void *object)
{
	if (unlikely((unsigned long)object - s->cpu_start >= s->cpu_size || in_interrupt()))
		return false;
	if (kasan_slab_free(s, object))
		return true; // reported
	*(void **)object = s->cpu_freelist;
	s->cpu_freelist = object;
	return true;
}

// Whether p has a struct page that may be read. The common paths of a release build only check that p
// can be in lowmem, which is nearly free; NULL fails that check.
static __always_inline bool has_page(const void *p)
{
	if (CONFIG_DEBUG)
		return virt_addr_valid(p) && page_initialised(page_to_pfn(virt_to_page(p)));
	return (unsigned long)p - PAGE_OFFSET < LOWMEM_MAX_SIZE;
}

static __noinline void bad_free(struct kmem_cache *s, const void *object)
{
	if (!object)
		return;
	if (!has_page(object))
		slab_bad_pointer("kmem_cache_free", object, "no address of lowmem");
	else if (!PageSlab(virt_to_page(object)))
		slab_bad_pointer("kmem_cache_free", object, "no slab object");
	else
		slab_bad_pointer("kmem_cache_free", object, "the object belongs to another cache");
}

static __noinline void cache_free_slow(struct kmem_cache *s, void *object, unsigned long site)
{
	struct page *page = virt_to_page(object);

	if (unlikely(!has_page(object) || !PageSlab(page) || page->slab_cache != s))
		bad_free(s, object);
	else
		free_slow_object(s, page->head, object, site);
}

void kmem_cache_free(struct kmem_cache *s, void *object)
{
	if (unlikely(!slab_free_fast(s, object)))
		cache_free_slow(s, object, __RETURN_ADDRESS);
}

// Why p, which is in no slab, is not an allocated block of pages; NULL: it is one.
static __always_inline const char *pages_mistake(const void *p)
{
	const struct page *page = virt_to_page(p);

	// In a block that is filled in, the struct pages of frames that are not RAM are reserved.
	if (!has_page(p) || !page_initialised(page_to_pfn(page)) || PageReserved(page))
		return "no address that kmalloc gave";
	if (!IS_ALIGNED((unsigned long)p, PAGE_SIZE) || page->_refcount == 0)
		return "not allocated, or no start of a block";
	return NULL;
}

const char *kmalloc_mistake(const void *p)
{
	const struct page *page = virt_to_page(p);

	if (!has_page(p) || !page_initialised(page_to_pfn(page)) || !PageSlab(page))
		return pages_mistake(p);
	return slab_in_use(page->slab_cache, page->head, p) ? NULL : "no object in use";
}

// Frees a kmalloc() of whole pages, or reports p.
static void kfree_pages(const void *p, unsigned long site)
{
	struct page *page = virt_to_page(p);
	const char *mistake;

	if (ZERO_OR_NULL_PTR(p))
		return;
	mistake = pages_mistake(p);
	if (unlikely(mistake))
		slab_bad_pointer("kfree", p, mistake);
	else
		free_pages_at(page, page_order(page), site);
}

__noinline void kfree_at(const void *p, unsigned long site)
{
	struct page *page = virt_to_page(p);

	if (has_page(p) && PageSlab(page))
		free_slow_object(page->slab_cache, page->head, (void *)p, site);
	else
		kfree_pages(p, site);
}

void kfree(const void *p)
{
	struct page *page = virt_to_page(p);

	if (likely(has_page(p) && PageSlab(page) && slab_free_fast(page->slab_cache, (void *)p)))
		return;
	kfree_at(p, __RETURN_ADDRESS);
}
