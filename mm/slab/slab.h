// SPDX-License-Identifier: MIT
// Between the files of the slab allocator.
#pragma once

#include <mm/slab.h>

// At the end of each object of a cache with SLAB_STORE_USER.
struct slab_track {
	u32 alloc_site, free_site; // return addresses
	u16 orig_size;             // what kmalloc was asked for; 0: object_size
	u16 mark;                  // alloc_mark at the allocation
};

// What kmalloc and the caches never take: a slab is no highmem, and there is no ZONE_DMA32.
#define GFP_SLAB_BUG_MASK (__GFP_HIGHMEM | __GFP_DMA32 | ~__GFP_BITS_MASK)
// Says so. Returns gfp without them.
gfp_t slab_fix_gfp(gfp_t gfp);

// The first object of a slab; the next ones follow every s->size bytes.
static inline char *slab_objects(const struct kmem_cache *s, const struct page *page)
{
	return (char *)page_to_virt(page) + s->red_left;
}

// The link in a free object.
static inline void *get_freepointer(const struct kmem_cache *s, const void *object)
{
	return *(void **)((char *)object + s->offset);
}

static inline void set_freepointer(const struct kmem_cache *s, void *object, void *next)
{
	*(void **)((char *)object + s->offset) = next;
}

static inline bool slab_debug(const struct kmem_cache *s)
{
	return s->flags & SLAB_DEBUG_FLAGS;
}

// Whether the cache may have a slab at hand: then the link is an object's first word, and nothing is to
// be checked.
static inline bool slab_keeps_at_hand(const struct kmem_cache *s)
{
	return !slab_debug(s) && s->offset == 0;
}

// All caches. They come and go outside of interrupts, and nobody who walks the list sleeps meanwhile: with
// one CPU only what changes it takes the lock.
struct slab_caches {
	struct spinlock lock;
	struct list_head list;
};
extern struct slab_caches slab_caches;

// Lays out and registers a cache whose struct exists. Returns 0 or -EINVAL. (mm/slab/slab_cache.c)
int kmem_cache_open(struct kmem_cache *s, const char *name, unsigned int size, unsigned int align,
		    slab_flags_t flags, void (*ctor)(void *object));

// Opens the caches of kmalloc. (mm/slab/kmalloc.c)
void kmalloc_init(void);

// The slab at hand goes back to the lists; an empty slab in no list goes back to the page allocator.
// Both need the lock. (mm/slab/slab.c)
void slab_deactivate(struct kmem_cache *s);
void slab_free_page(struct kmem_cache *s, struct page *page);

// What kmalloc, kfree and their relatives do, for a caller that is named.
void *kmalloc_sized_at(struct kmem_cache *s, gfp_t gfp, size_t size,
		       unsigned long site);                   // mm/slab/slab.c
void *kmalloc_at(size_t size, gfp_t gfp, unsigned long site); // mm/slab/kmalloc.c
void kfree_at(const void *p, unsigned long site);             // mm/slab/slab.c
// Why p is nothing that kmalloc gave, in words; NULL: nothing says so. Any context.
const char *kmalloc_mistake(const void *p);

// How many bytes of an object are its owner's: what kmalloc was asked for, where that is known.
size_t slab_owned_size(const struct kmem_cache *s, const void *object);

// Counts and reports a pointer that func cannot take. Any context. (mm/slab/slab_debug.c)
void slab_bad_pointer(const char *func, const void *p, const char *what);

// mm/slab/slab_debug.c. The cache has debug flags; the lock is held.
// Writes what a free object must look like.
void slab_debug_init(struct kmem_cache *s, void *object);
// Checks a free object that is not counted as one any more, and makes it an object in use. When its
// link is not sound, the free objects behind it count as used from now on.
void slab_debug_alloc(struct kmem_cache *s, struct page *page, void *object, size_t size,
		      unsigned long site);
// Checks an object that is to be freed, and makes it a free one. False: the caller must not go on.
bool slab_debug_free(struct kmem_cache *s, struct page *page, void *object, unsigned long site);
// Checks and mends all objects of a slab. Returns how many were not sound.
unsigned int slab_debug_validate(struct kmem_cache *s, struct page *page);
// Whether address is the start of an object of this slab.
bool slab_is_object(const struct kmem_cache *s, const struct page *page, const void *object);
bool slab_on_freelist(const struct kmem_cache *s, const struct page *page, const void *object);
// Whether an object in use starts there, as far as the cache can tell. Takes the lock.
bool slab_in_use(struct kmem_cache *s, const struct page *page, const void *object);
// Logs an object's owner.
void slab_show_object(struct kmem_cache *s, struct page *page, void *object);
