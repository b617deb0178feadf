// SPDX-License-Identifier: MIT
// Shared by the files of the slab allocator.
#pragma once

#include <mm/slab.h>

// At the end of each object in a cache with SLAB_STORE_USER.
struct slab_track {
	u32 alloc_site, free_site; // return addresses
	u16 orig_size;             // the size passed to kmalloc(); 0: object_size
	u16 mark;                  // alloc_mark at the allocation
};

// Flags that kmalloc and the caches reject: a slab cannot be in highmem, and ZONE_DMA32 does not exist.
#define GFP_SLAB_BUG_MASK (__GFP_HIGHMEM | __GFP_DMA32 | ~__GFP_BITS_MASK)
// Reports them. Returns gfp without them.
gfp_t slab_fix_gfp(gfp_t gfp);

// The first object of a slab; the others follow at intervals of s->size bytes.
static inline char *slab_objects(const struct kmem_cache *s, const struct page *page)
{
	return (char *)page_to_virt(page) + s->red_left;
}

// The link to the next free object.
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

// Whether the cache may have a per-CPU slab: if the link is the object's first word and nothing is
// checked.
static inline bool slab_keeps_at_hand(const struct kmem_cache *s)
{
	return !slab_debug(s) && s->offset == 0;
}

// All caches. They are created and destroyed outside interrupts, and code that walks the list does not
// sleep. With one CPU, therefore, only changes take the lock.
struct slab_caches {
	struct spinlock lock;
	struct list_head list;
};
extern struct slab_caches slab_caches;

// Initialises and registers a cache in the given struct. Returns 0 or -EINVAL. (mm/slab/slab_cache.c)
int kmem_cache_open(struct kmem_cache *s, const char *name, unsigned int size, unsigned int align,
		    slab_flags_t flags, void (*ctor)(void *object));

// Creates kmalloc's caches. (mm/slab/kmalloc.c)
void kmalloc_init(void);

// Returns the per-CPU slab to the lists; frees an empty slab that is in no list. Both need the lock.
// (mm/slab/slab.c)
void slab_deactivate(struct kmem_cache *s);
void slab_free_page(struct kmem_cache *s, struct page *page);

// kmalloc(), kfree() and their relatives for the caller at `site`.
void *kmalloc_sized_at(struct kmem_cache *s, gfp_t gfp, size_t size,
		       unsigned long site);                   // mm/slab/slab.c
void *kmalloc_at(size_t size, gfp_t gfp, unsigned long site); // mm/slab/kmalloc.c
void kfree_at(const void *p, unsigned long site);             // mm/slab/slab.c
// Why p is not from kmalloc(); NULL: no error found. Any context.
const char *kmalloc_mistake(const void *p);

// The bytes of an object that its owner may use: the size passed to kmalloc(), if known.
size_t slab_owned_size(const struct kmem_cache *s, const void *object);

// Counts and reports a pointer that func cannot accept. Any context. (mm/slab/slab_debug.c)
void slab_bad_pointer(const char *func, const void *p, const char *what);

// mm/slab/slab_debug.c. The cache has debug flags; the lock is held.
// Fills a new object as a free one.
void slab_debug_init(struct kmem_cache *s, void *object);
// Checks a free object that the counts already treat as in use, and makes it one. If its link is
// broken, the free objects after it count as in use too.
void slab_debug_alloc(struct kmem_cache *s, struct page *page, void *object, size_t size,
		      unsigned long site);
// Checks an object to be freed and makes it a free one. False: the caller must not free it.
bool slab_debug_free(struct kmem_cache *s, struct page *page, void *object, unsigned long site);
// Checks and repairs all objects of a slab. Returns how many were bad.
unsigned int slab_debug_validate(struct kmem_cache *s, struct page *page);
// Whether `object` is the start of an object of this slab; whether it is on the slab's free list.
bool slab_is_object(const struct kmem_cache *s, const struct page *page, const void *object);
bool slab_on_freelist(const struct kmem_cache *s, const struct page *page, const void *object);
// Whether an object in use starts there. Without consistency checks: true. Takes the lock.
bool slab_in_use(struct kmem_cache *s, const struct page *page, const void *object);
// Logs an object's owner.
void slab_show_object(struct kmem_cache *s, struct page *page, void *object);
