// SPDX-License-Identifier: MIT
// The kmalloc family: a cache for each size up to 8 KB, whole pages above.
//
// Owns: kmalloc_caches. kmalloc() is inline (mm/slab.h), so that a constant size picks its cache at
// compile time; kfree() is beside kmem_cache_free() in mm/slab/slab.c.
// Linux: mm/slab_common.c.

#include <kernel/panic.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/kasan.h>
#include <mm/layout.h>
#include <mm/page_debug.h>

#include "slab.h"

struct kmem_cache kmalloc_caches[NR_KMALLOC_TYPES][NR_KMALLOC_SIZES];

// The cache for each small size, by (size - 1) / SMALL_STEP: faster than kmalloc_index().
#define SMALL_STEP 8
#define SMALL_MAX  256 // tunable
static struct kmem_cache *small_caches[SMALL_MAX / SMALL_STEP];

// By index; sizes below KMALLOC_MIN_SIZE have no cache.
static const struct {
	const char *name[NR_KMALLOC_TYPES];
	unsigned int size;
} sizes[NR_KMALLOC_SIZES] = {
	[1] = { { "kmalloc-96", "dma-kmalloc-96" }, 96 },
	[2] = { { "kmalloc-192", "dma-kmalloc-192" }, 192 },
	[3] = { { "kmalloc-8", "dma-kmalloc-8" }, 8 },
	[4] = { { "kmalloc-16", "dma-kmalloc-16" }, 16 },
	[5] = { { "kmalloc-32", "dma-kmalloc-32" }, 32 },
	[6] = { { "kmalloc-64", "dma-kmalloc-64" }, 64 },
	[7] = { { "kmalloc-128", "dma-kmalloc-128" }, 128 },
	[8] = { { "kmalloc-256", "dma-kmalloc-256" }, 256 },
	[9] = { { "kmalloc-512", "dma-kmalloc-512" }, 512 },
	[10] = { { "kmalloc-1k", "dma-kmalloc-1k" }, 1024 },
	[11] = { { "kmalloc-2k", "dma-kmalloc-2k" }, 2048 },
	[12] = { { "kmalloc-4k", "dma-kmalloc-4k" }, 4096 },
	[13] = { { "kmalloc-8k", "dma-kmalloc-8k" }, 8192 },
};

// Whether kmalloc_index() ever returns i.
static bool index_used(unsigned int i)
{
	return sizes[i].size >= KMALLOC_MIN_SIZE && kmalloc_index(sizes[i].size) == i;
}

// A power of two is aligned to its size, at most to a page; 96 to 32, 192 to 64.
static unsigned int natural_align(unsigned int size)
{
	return min(size & -size, (unsigned int)PAGE_SIZE);
}

static void open_cache(enum kmalloc_type type, unsigned int i)
{
	const slab_flags_t flags = type == KMALLOC_DMA ? SLAB_CACHE_DMA : 0;
	int err = kmem_cache_open(&kmalloc_caches[type][i], sizes[i].name[type], sizes[i].size,
				  natural_align(sizes[i].size), flags, NULL);

	if (err)
		panic("kmalloc_init: the cache %s cannot be laid out: error %d",
		      sizes[i].name[type], err);
}

static struct kmem_cache *cache_for(size_t size, gfp_t gfp)
{
	return &kmalloc_caches[kmalloc_type(gfp)][kmalloc_index(size)];
}

void kmalloc_init(void)
{
	for (int type = 0; type < NR_KMALLOC_TYPES; type++)
		for (unsigned int i = 1; i < NR_KMALLOC_SIZES; i++)
			if (index_used(i))
				open_cache(type, i);
	for (unsigned int i = 0; i < ARRAY_SIZE(small_caches); i++)
		small_caches[i] = cache_for((i + 1) * SMALL_STEP, GFP_KERNEL);
}

// Allocates more than the largest cache offers: whole pages, for the caller at `site`.
static void *kmalloc_large(size_t size, gfp_t gfp, unsigned long site)
{
	struct page *page;

	if (gfp & GFP_SLAB_BUG_MASK)
		gfp = slab_fix_gfp(gfp);
	if (size > KMALLOC_MAX_SIZE) {
		WARN_ON(size > KMALLOC_MAX_SIZE && !(gfp & __GFP_NOWARN));
		return NULL;
	}
	page = alloc_pages(gfp, get_order(size));
	if (!page)
		return NULL;
	page_owner_set_alloc(page, site);
	kasan_poison_tail(page_to_virt(page), size, PAGE_SIZE << get_order(size),
			  KASAN_PAGE_REDZONE);
	return page_to_virt(page);
}

void *kmalloc_at(size_t size, gfp_t gfp, unsigned long site)
{
	if (size > KMALLOC_MAX_CACHE_SIZE)
		return kmalloc_large(size, gfp, site);
	if (size == 0)
		return ZERO_SIZE_PTR;
	return kmalloc_sized_at(cache_for(size, gfp), gfp, size, site);
}

void *__kmalloc(size_t size, gfp_t gfp)
{
	const size_t last = size - 1; // size 0 wraps, so it is not small

	if (CONFIG_DEBUG || unlikely(last >= SMALL_MAX || (gfp & __GFP_DMA)))
		return kmalloc_at(size, gfp, __RETURN_ADDRESS);
	// A tail call: its return address is our caller's.
	return kmalloc_sized(small_caches[last / SMALL_STEP], gfp, size);
}

int zero_size_describe(unsigned long va, char *buf, size_t size)
{
	const unsigned long offset = va - (unsigned long)ZERO_SIZE_PTR;

	if (offset >= ZERO_SIZE_NEAR)
		return 0;
	if (offset == 0)
		return scnprintf(buf, size, "ZERO_SIZE_PTR, which kmalloc(0) returns");
	return scnprintf(buf, size, "ZERO_SIZE_PTR + %lu; kmalloc(0) returns ZERO_SIZE_PTR",
			 offset);
}

// The size of p's block; 0 for a pointer that func cannot accept, which is reported.
static size_t block_size(const char *func, const void *p)
{
	const struct page *page = virt_to_page(p);
	const char *mistake = kmalloc_mistake(p);

	if (mistake) {
		slab_bad_pointer(func, p, mistake);
		return 0;
	}
	return PageSlab(page) ? page->slab_cache->object_size : PAGE_SIZE << page_order(page);
}

size_t ksize(const void *p)
{
	return ZERO_OR_NULL_PTR(p) ? 0 : block_size("ksize", p);
}

// The bytes of p's block that the owner asked for, if the cache knows; else the block's size.
static size_t owned_size(const void *p, size_t block)
{
	struct page *page = virt_to_page(p);

	return PageSlab(page) ? slab_owned_size(page->slab_cache, p) : block;
}

// A cache that stores owners also stores the requested size, which would change. So krealloc() always
// moves such an object, which also exposes users of the old pointer.
static bool may_stay(const void *p)
{
	struct page *page = virt_to_page(p);

	return !(PageSlab(page) && (page->slab_cache->flags & SLAB_STORE_USER));
}

void *krealloc(const void *p, size_t new_size, gfp_t gfp)
{
	size_t block;
	void *new;

	if (new_size == 0) {
		kfree_at(p, __RETURN_ADDRESS);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(p))
		return kmalloc_at(new_size, gfp, __RETURN_ADDRESS);
	block = block_size("krealloc", p);
	if (block == 0)
		return NULL;
	kasan_unpoison(p, block);
	if (block >= new_size && may_stay(p)) {
		if (gfp & __GFP_ZERO) // so that a later growth finds zeros
			memset((char *)p + new_size, 0, block - new_size);
		kasan_poison_tail(p, new_size, block, KASAN_SLAB_REDZONE);
		return (void *)p;
	}
	new = kmalloc_at(new_size, gfp, __RETURN_ADDRESS);
	if (new) {
		memcpy(new, p, min(owned_size(p, block), new_size));
		kfree_at(p, __RETURN_ADDRESS);
	} else {
		kasan_poison_tail(p, owned_size(p, block), block, KASAN_SLAB_REDZONE);
	}
	return new;
}

void kfree_sensitive(const void *p)
{
	size_t block;

	if (ZERO_OR_NULL_PTR(p))
		return;
	block = block_size("kfree_sensitive", p);
	if (block == 0)
		return;
	kasan_unpoison(p, block);
	memset((void *)p, 0, owned_size(p, block));
	barrier(); // keeps the compiler from removing the memset()
	kfree_at(p, __RETURN_ADDRESS);
}

static void *dup_at(const void *src, size_t len, gfp_t gfp, unsigned long site)
{
	void *p = kmalloc_at(len, gfp, site);

	if (p && len)
		memcpy(p, src, len);
	return p;
}

void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	return dup_at(src, len, gfp, __RETURN_ADDRESS);
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? dup_at(s, strlen(s) + 1, gfp, __RETURN_ADDRESS) : NULL;
}
