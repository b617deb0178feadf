// SPDX-License-Identifier: MIT
// Caches of equal objects, and kmalloc on top of them, with Linux's names and meanings.
#pragma once

#include <arch/cache.h>
#include <kernel/spinlock.h>
#include <lib/compiler.h>
#include <lib/list.h>
#include <mm/gfp.h>

typedef u32 slab_flags_t;

// What a caller may ask for.
#define SLAB_RED_ZONE           BIT(0) // bytes around the object that must not change
#define SLAB_POISON             BIT(1) // free objects are filled with POISON_FREE and checked
#define SLAB_STORE_USER         BIT(2) // remember who took and who freed each object
#define SLAB_CONSISTENCY_CHECKS BIT(3) // check every free against the slab's state
#define SLAB_HWCACHE_ALIGN      BIT(4) // align to a cache line
#define SLAB_CACHE_DMA          BIT(5) // objects from ZONE_DMA
#define SLAB_PANIC              BIT(6) // a failing kmem_cache_create() panics
#define SLAB_DEBUG_FLAGS        (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_CONSISTENCY_CHECKS)

// What debug caches write: the bytes are Linux's (include/linux/poison.h).
#define POISON_INUSE      0x5a // taken, not written yet
#define POISON_FREE       0x6b // free
#define POISON_END        0xa5 // the last byte of a free object
#define SLUB_RED_INACTIVE 0xbb // red zone of a free object
#define SLUB_RED_ACTIVE   0xcc // red zone of an object in use

#define SLAB_MAX_ORDER 3 // tunable: slabs take up to 32 KB, or what one object needs

// Locks: [c] lock  [I] immutable after creation  [t] this CPU, outside of interrupts
struct kmem_cache {
	// First the common path's: the slab at hand.
	void *cpu_freelist;      // [t] its next objects to hand out
	unsigned long cpu_start; // [t] where it lies
	unsigned long cpu_size;  // [t] bytes; 0: there is none
	struct page *cpu_page;   // [c] it is in no list; NULL: there is none
	u32 offset;              // [I] where a free object holds the link to the next one
	u32 object_size;         // [I] what the caller asked for
	u32 size;                // [I] from one object to the next
	u32 inuse;               // [I] end of object and red zone
	u32 red_left;        // [I] bytes from where an object's part of the slab begins to itself
	u32 track;           // [I] where struct slab_track lies; 0: nowhere
	u32 align;           // [I]
	slab_flags_t flags;  // [I]
	u16 objects;         // [I] in a slab of the usual order
	u8 order, min_order; // [I]
	u8 min_partial;      // [I] empty slabs are kept up to so many slabs in the partial list
	void (*ctor)(void *object); // [I]
	const char *name;           // [I]
	struct spinlock lock;
	struct list_head partial;    // [c] slabs with free and, mostly, used objects
	struct list_head full;       // [c] slabs without free objects
	unsigned long nr_partial;    // [c]
	unsigned long nr_slabs;      // [c]
	unsigned long total_objects; // [c]
	struct list_head list;       // in the list of all caches, by its rules (mm/slab.h)
};

// A cache of objects of `size` bytes, aligned to `align` (0: a word). ctor runs once for each object
// when its slab is made, and free objects keep what it wrote. NULL: no memory, or size or align are
// impossible (reported). name is not copied. May sleep.
__must_check struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
						  unsigned int align, slab_flags_t flags,
						  void (*ctor)(void *object));
// Destroys an empty cache; NULL is fine. While objects live it refuses: they are listed, the cache
// stays, and -EBUSY is returned (Linux reports and leaks). May sleep.
int kmem_cache_destroy(struct kmem_cache *s);
// Gives empty slabs back. Returns how many pages that were. Any context.
unsigned long kmem_cache_shrink(struct kmem_cache *s);

// An object, or NULL. Sleeps only with __GFP_DIRECT_RECLAIM. _zalloc: zeroed.
__must_check void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp);
__must_check static inline void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t gfp)
{
	return kmem_cache_alloc(s, gfp | __GFP_ZERO);
}
// Gives an object back to its cache; NULL is fine. A pointer that is no object, or one of another
// cache, is reported and nothing is harmed; that an object is freed twice, or not by its start, is
// seen with SLAB_CONSISTENCY_CHECKS. Any context.
void kmem_cache_free(struct kmem_cache *s, void *object);

#define KMEM_CACHE(tag, flags) \
	kmem_cache_create(#tag, sizeof(struct tag), __alignof__(struct tag), flags, NULL)

// Starts the caches; needs the buddy. Called once, by kmain.
void slab_init(void);

// Recounts every slab of every cache; panics with the sentence that is false. Any context.
void slab_check(void);
// Looks at every object of a cache with debug flags: reports and mends each one that was written to
// where or when it must not be, a broken link to the next free object included. Returns how many. Any
// context.
unsigned long kmem_cache_validate(struct kmem_cache *s);
// Mistakes of callers that were reported so far, over all caches and kmalloc.
extern unsigned long slab_errors;

// The debug flags that every cache has: all of them in debug builds, none in release builds;
// slab_debug=LETTERS says otherwise. F: consistency checks, Z: red zones, P: poison, U: user (owners).
extern slab_flags_t slab_debug_default;
// Letters to flags; "" is all, "-" is none. Returns 0 or -EINVAL.
__must_check int slab_debug_parse(const char *letters, slab_flags_t *flags);
// Objects handed out, over all caches or of one.
unsigned long slab_active_objects(void);
unsigned long kmem_cache_active(struct kmem_cache *s);
// Pages in slabs.
unsigned long slab_pages(void);
// /proc/slabinfo, version 2.1.
void slabinfo_show(void (*line)(const char *text, void *arg), void *arg);

// Drains the common path's lists, and keeps them empty while fault injection is on.
void slab_drain(void);

// ---- kmalloc ---------------------------------------------------------------------------------

#define KMALLOC_SHIFT_MAX      (MAX_PAGE_ORDER + PAGE_SHIFT) // 22
#define KMALLOC_MAX_SIZE       (1UL << KMALLOC_SHIFT_MAX)    // 4 MB
#define KMALLOC_MAX_CACHE_SIZE (2 * PAGE_SIZE)               // larger ones are whole pages
#define KMALLOC_MIN_SIZE       ARCH_KMALLOC_MINALIGN         // no smaller cache exists

// kmalloc(0): not NULL, faults when used, can be freed.
#define ZERO_SIZE_PTR       ((void *)16)
#define ZERO_OR_NULL_PTR(p) ((unsigned long)(p) <= (unsigned long)ZERO_SIZE_PTR)

enum kmalloc_type { KMALLOC_NORMAL, KMALLOC_DMA, NR_KMALLOC_TYPES };

// Index 1 is 96 bytes, 2 is 192, n is 2^n bytes, up to 13 (8,192).
#define NR_KMALLOC_SIZES 14
extern struct kmem_cache kmalloc_caches[NR_KMALLOC_TYPES][NR_KMALLOC_SIZES];

// Which cache serves `size` (1 to KMALLOC_MAX_CACHE_SIZE); a constant where size is one.
static __always_inline unsigned int kmalloc_index(size_t size)
{
	if (size <= KMALLOC_MIN_SIZE)
		return __builtin_ctz(KMALLOC_MIN_SIZE);
	if (KMALLOC_MIN_SIZE <= 32 && size > 64 && size <= 96)
		return 1;
	if (KMALLOC_MIN_SIZE <= 64 && size > 128 && size <= 192)
		return 2;
	return 32 - __builtin_clz(size - 1);
}

static __always_inline enum kmalloc_type kmalloc_type(gfp_t gfp)
{
	return gfp & __GFP_DMA ? KMALLOC_DMA : KMALLOC_NORMAL;
}

__must_check void *__kmalloc(size_t size, gfp_t gfp);
// A cache with SLAB_STORE_USER remembers the size that was asked for, and so does KASAN.
__must_check void *kmalloc_sized(struct kmem_cache *s, gfp_t gfp, size_t size);

// size bytes, contiguous in virtual and physical memory, in lowmem; NULL when there are none.
// 0 gives ZERO_SIZE_PTR; more than KMALLOC_MAX_SIZE NULL and a warning. __GFP_HIGHMEM and
// __GFP_DMA32 are dropped with a warning. Sleeps only with __GFP_DIRECT_RECLAIM.
__must_check static __always_inline void *kmalloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(size) && size > 0 && size <= KMALLOC_MAX_CACHE_SIZE)
		return kmalloc_sized(&kmalloc_caches[kmalloc_type(gfp)][kmalloc_index(size)], gfp,
				     size);
	return __kmalloc(size, gfp);
}

__must_check static __always_inline void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}

// n * size bytes; NULL when the product does not fit into a size_t.
__must_check static __always_inline void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kmalloc(bytes, gfp);
}

__must_check static __always_inline void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp | __GFP_ZERO);
}

// Gives back what any of these gave; NULL and ZERO_SIZE_PTR are fine. A pointer that is no such thing
// is reported and nothing is harmed, as far as kmem_cache_free() sees it. Any context.
void kfree(const void *p);
// The same, after wiping the contents. kzfree is the name until Linux 5.9.
void kfree_sensitive(const void *p);
#define kzfree(p) kfree_sensitive(p)

// Makes p's block new_size bytes large, keeping the contents up to the smaller of both sizes.
// p NULL: kmalloc. new_size 0: kfree, and ZERO_SIZE_PTR. NULL: no memory, or p is no block of kmalloc
// (reported); p is as it was.
__must_check void *krealloc(const void *p, size_t new_size, gfp_t gfp);

// How many bytes p's block really has; 0 for NULL and ZERO_SIZE_PTR. A pointer that kmalloc did not
// give is reported: 0.
size_t ksize(const void *p);

// Copies; NULL when there is no memory (or s is NULL).
__must_check char *kstrdup(const char *s, gfp_t gfp);
__must_check void *kmemdup(const void *src, size_t len, gfp_t gfp);
