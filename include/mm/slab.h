// SPDX-License-Identifier: MIT
// Caches of objects of one size, and kmalloc on top of them, with Linux's names and meanings.
#pragma once

#include <arch/cache.h>
#include <kernel/spinlock.h>
#include <lib/compiler.h>
#include <lib/list.h>
#include <mm/gfp.h>

typedef u32 slab_flags_t;

// Flags for kmem_cache_create().
#define SLAB_RED_ZONE           BIT(0) // guard bytes around the object, checked at alloc and free
#define SLAB_POISON             BIT(1) // free objects are filled with POISON_FREE and checked
#define SLAB_STORE_USER         BIT(2) // remember who allocated and who freed each object
#define SLAB_CONSISTENCY_CHECKS BIT(3) // check every free against the slab's state
#define SLAB_HWCACHE_ALIGN      BIT(4) // align to a cache line
#define SLAB_CACHE_DMA          BIT(5) // objects from ZONE_DMA
#define SLAB_PANIC              BIT(6) // a failing kmem_cache_create() panics
#define SLAB_DEBUG_FLAGS        (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_CONSISTENCY_CHECKS)

// The bytes that debug caches write are Linux's (include/linux/poison.h).
#define POISON_INUSE      0x5a // allocated, not written yet
#define POISON_FREE       0x6b // free
#define POISON_END        0xa5 // the last byte of a free object
#define SLUB_RED_INACTIVE 0xbb // red zone of a free object
#define SLUB_RED_ACTIVE   0xcc // red zone of an object in use

#define SLAB_MAX_ORDER 3 // tunable: a slab takes up to 32 KB, more only if one object needs it

// Locks: [c] lock  [I] immutable after creation  [t] this CPU, not in interrupts
struct kmem_cache {
	// The common path's fields first: the per-CPU slab.
	void *cpu_freelist;      // [t] its free objects
	unsigned long cpu_start; // [t] its address
	unsigned long cpu_size;  // [t] bytes; 0: no per-CPU slab
	struct page *cpu_page;   // [c] in no list; NULL: no per-CPU slab
	u32 offset;              // [I] where a free object has its link to the next one
	u32 object_size;         // [I] what the caller asked for
	u32 size;                // [I] from one object to the next
	u32 inuse;               // [I] end of object and red zone
	u32 red_left;            // [I] bytes of left red zone before the object
	u32 track;               // [I] offset of struct slab_track; 0: none
	u32 align;               // [I]
	slab_flags_t flags;      // [I]
	u16 objects;             // [I] in a slab of the usual order
	u8 order, min_order;     // [I]
	u8 min_partial;          // [I] an empty slab is kept while the partial list has fewer slabs
	void (*ctor)(void *object); // [I]
	const char *name;           // [I]
	struct spinlock lock;
	struct list_head partial;    // [c] slabs with free objects; a few are empty
	struct list_head full;       // [c] slabs without free objects
	unsigned long nr_partial;    // [c]
	unsigned long nr_slabs;      // [c]
	unsigned long total_objects; // [c]
	struct list_head list;       // in the list of all caches, by its rules (mm/slab.h)
};

// Creates a cache of objects of `size` bytes, aligned to `align` (0: a word). ctor runs once for each
// object when its slab is made; free objects keep what it wrote. NULL: no memory, or a bad size or
// align (reported). name is not copied. May sleep.
__must_check struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
						  unsigned int align, slab_flags_t flags,
						  void (*ctor)(void *object));
// Destroys an empty cache; NULL does nothing. If objects are still in use, they are listed, the cache
// stays, and -EBUSY is returned (Linux reports and leaks). May sleep.
int kmem_cache_destroy(struct kmem_cache *s);
// Frees the empty slabs. Returns the number of pages. Any context.
unsigned long kmem_cache_shrink(struct kmem_cache *s);

// Allocates an object, or returns NULL. Sleeps only with __GFP_DIRECT_RECLAIM. _zalloc: zeroed.
__must_check void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp);
__must_check static inline void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t gfp)
{
	return kmem_cache_alloc(s, gfp | __GFP_ZERO);
}
// Frees an object; NULL does nothing. A pointer that is not an object of this cache is reported, and
// nothing changes. A double free, or a pointer into the middle of an object, is found with
// SLAB_CONSISTENCY_CHECKS only. Any context.
void kmem_cache_free(struct kmem_cache *s, void *object);

#define KMEM_CACHE(tag, flags) \
	kmem_cache_create(#tag, sizeof(struct tag), __alignof__(struct tag), flags, NULL)

// Initialises the caches; needs the buddy allocator. Called once, by kmain.
void slab_init(void);

// Recounts every slab of every cache; panics with the condition that failed. Any context.
void slab_check(void);
// Checks every object of a cache with debug flags. Reports and repairs each one that was overwritten in
// its red zones or while it was free, including a broken link to the next free object. Returns how
// many. Any context.
unsigned long kmem_cache_validate(struct kmem_cache *s);
// Misuse reported so far, of all caches and kmalloc.
extern unsigned long slab_errors;

// The debug flags of every cache: all in debug builds, none in release builds (KASAN: red zones and
// owners). slab_debug=LETTERS overrides them. F: consistency checks, Z: red zones, P: poison, U: user
// (owners).
extern slab_flags_t slab_debug_default;
// Converts letters to flags; "" sets all, "-" clears all. Returns 0 or -EINVAL.
__must_check int slab_debug_parse(const char *letters, slab_flags_t *flags);
// Objects in use, of all caches or of one.
unsigned long slab_active_objects(void);
unsigned long kmem_cache_active(struct kmem_cache *s);
// Pages in slabs.
unsigned long slab_pages(void);
// /proc/slabinfo, version 2.1.
void slabinfo_show(void (*line)(const char *text, void *arg), void *arg);

// Returns the per-CPU slab of each cache to its lists. While fault injection is active none is kept.
void slab_drain(void);

// ---- kmalloc ---------------------------------------------------------------------------------

#define KMALLOC_SHIFT_MAX      (MAX_PAGE_ORDER + PAGE_SHIFT) // 22
#define KMALLOC_MAX_SIZE       (1UL << KMALLOC_SHIFT_MAX)    // 4 MB
#define KMALLOC_MAX_CACHE_SIZE (2 * PAGE_SIZE)               // above this: whole pages
#define KMALLOC_MIN_SIZE       ARCH_KMALLOC_MINALIGN         // the smallest cache

// Returned by kmalloc(0): not NULL, any access faults, may be freed.
#define ZERO_SIZE_PTR       ((void *)16)
#define ZERO_OR_NULL_PTR(p) ((unsigned long)(p) <= (unsigned long)ZERO_SIZE_PTR)

enum kmalloc_type { KMALLOC_NORMAL, KMALLOC_DMA, NR_KMALLOC_TYPES };

// Index 1 is 96 bytes, 2 is 192, n is 2^n bytes, up to 13 (8,192).
#define NR_KMALLOC_SIZES 14
extern struct kmem_cache kmalloc_caches[NR_KMALLOC_TYPES][NR_KMALLOC_SIZES];

// The index of the cache for `size` (1 to KMALLOC_MAX_CACHE_SIZE); a constant if size is one.
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
// Like kmem_cache_alloc(). SLAB_STORE_USER and KASAN remember the size that was asked for.
__must_check void *kmalloc_sized(struct kmem_cache *s, gfp_t gfp, size_t size);

// Allocates size bytes of lowmem, contiguous in virtual and physical memory; NULL if there is no
// memory. size 0 returns ZERO_SIZE_PTR; more than KMALLOC_MAX_SIZE returns NULL with a warning.
// __GFP_HIGHMEM and __GFP_DMA32 are ignored with a warning. Sleeps only with __GFP_DIRECT_RECLAIM.
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

// Allocates n * size bytes; NULL also if the product overflows.
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

// Frees memory from any of these; NULL and ZERO_SIZE_PTR do nothing. Another pointer is reported and
// nothing changes, if it is detected: see kmem_cache_free(). Any context.
void kfree(const void *p);
// The same, after zeroing the contents. kzfree() was its name until Linux 5.9.
void kfree_sensitive(const void *p);
#define kzfree(p) kfree_sensitive(p)

// Resizes p's block to new_size bytes and keeps the contents, up to the smaller size. p NULL:
// kmalloc(). new_size 0: kfree(), returns ZERO_SIZE_PTR. Returns NULL and leaves p unchanged: no
// memory, or p is not from kmalloc() (reported).
__must_check void *krealloc(const void *p, size_t new_size, gfp_t gfp);

// The real size of p's block; 0 for NULL and ZERO_SIZE_PTR. A pointer that is not from kmalloc() is
// reported: 0.
size_t ksize(const void *p);

// Allocate a copy; NULL if there is no memory (or s is NULL).
__must_check char *kstrdup(const char *s, gfp_t gfp);
__must_check void *kmemdup(const void *src, size_t len, gfp_t gfp);
