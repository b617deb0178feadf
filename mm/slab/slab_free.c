// SPDX-License-Identifier: MIT
// kmem_cache_free() and kfree(): back to the slab at hand, if that is where the object lies.
//
// An object finds its slab through struct page and its cache through page->slab_cache, in O(1).
// Rules: as in mm/slab/slab.c. What is wrong with a pointer is reported, and nothing is touched.
// Linux: mm/slub.c (slab_free()), mm/slab_common.c (kfree()).

#include <kernel/irq.h>
#include <mm/kasan.h>

#include "../page/page_alloc.h"
#include "slab.h"

// Gives an object of the slab at hand back. False: it is none of those, or a handler runs.
static __always_inline bool give_at_hand(struct kmem_cache *s, void *object)
{
	if (unlikely((unsigned long)object - s->cpu_start >= s->cpu_size || in_interrupt()))
		return false;
	if (kasan_slab_free(s, object))
		return true; // reported
	*(void **)object = s->cpu_freelist;
	s->cpu_freelist = object;
	return true;
}

// Whether p has a struct page that may be read. The common paths of a release build only ask whether
// p can lie in lowmem, which costs nothing: NULL does not.
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
		slab_free_slow(s, page->head, object, site);
}

void kmem_cache_free(struct kmem_cache *s, void *object)
{
	if (unlikely(!give_at_hand(s, object)))
		cache_free_slow(s, object, __RETURN_ADDRESS);
}

// Why p, which lies in no slab, is no block of pages that is handed out; NULL: it is one.
static __always_inline const char *pages_mistake(const void *p)
{
	const struct page *page = virt_to_page(p);

	// Where struct pages are filled in, those of no RAM are reserved.
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

// A kmalloc of whole pages, or no kmalloc at all.
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
		slab_free_slow(page->slab_cache, page->head, (void *)p, site);
	else
		kfree_pages(p, site);
}

void kfree(const void *p)
{
	struct page *page = virt_to_page(p);

	if (likely(has_page(p) && PageSlab(page) && give_at_hand(page->slab_cache, (void *)p)))
		return;
	kfree_at(p, __RETURN_ADDRESS);
}
