// SPDX-License-Identifier: MIT
// KASAN (SAN=kasan): the compiler inserts a check of each memory access against a shadow map.
//
// The shadow has one byte for each 8 bytes of the kernel's addresses, from KASAN_SHADOW_START up.
//
//   address  c0001230                 c0001238                 c0001240
//            |u|u|u|u|u|u|u|u|        |u|u|u|.|.|.|.|.|        |.|.|.|.|.|.|.|.|
//   shadow   00: all 8 valid          03: the first 3 valid    fc: none valid (the value is the reason)
//
// Rules: builds without KASAN compile all of this to nothing. Any context, unless stated otherwise.
// Linux: include/linux/kasan.h, mm/kasan/ (the generic mode).
#pragma once

#include <arch/layout.h>
#include <lib/types.h>

struct kmem_cache;
struct page;

#define KASAN_GRANULE UL(8) // bytes of memory per byte of shadow

// Why a granule must not be accessed. The compiler defines the first three; the others are Linux's.
enum {
	KASAN_STACK_LEFT = 0xf1, // (compiler) around a function's local variables
	KASAN_STACK_MID = 0xf2,
	KASAN_STACK_RIGHT = 0xf3,
	KASAN_VMALLOC_INVALID = 0xf8,
	KASAN_GLOBAL_REDZONE = 0xf9,
	KASAN_SLAB_FREE = 0xfb,
	KASAN_SLAB_REDZONE = 0xfc,
	KASAN_PAGE_REDZONE = 0xfe, // the unused end of a kmalloc() of whole pages
	KASAN_PAGE_FREE = 0xff,
};

#if CONFIG_KASAN

#define KASAN_AREAS { "kasan", KASAN_SHADOW_START, KASAN_SHADOW_END - 1, true },

static inline u8 *kasan_shadow(const void *p)
{
	return (u8 *)(((unsigned long)p / KASAN_GRANULE) + KASAN_SHADOW_OFFSET);
}

// The shadow of the image. Boot maps it, because the very first functions already mark their stacks.
#define KASAN_IMAGE_SHADOW_SIZE (UL(0x400000) / KASAN_GRANULE)
extern u8 kasan_image_shadow[KASAN_IMAGE_SHADOW_SIZE];

// Maps the rest of the shadow and starts the checks. Once, after paging_init().
void kasan_init(void);
// Marks free memory. Once, after zones_init().
void kasan_poison_free_memory(void);

// Make [p, p+size) valid; make it invalid for this reason. p is at the start of a granule.
// kasan_poison() rounds size up to whole granules.
void kasan_unpoison(const void *p, size_t size);
void kasan_poison(const void *p, size_t size, u8 reason);
// Of the `size` valid bytes at p, only the first `used` stay valid.
void kasan_poison_tail(const void *p, size_t used, size_t size, u8 reason);

// Call when pages are allocated and freed.
void kasan_alloc_pages(struct page *page, unsigned int order);
void kasan_free_pages(struct page *page, unsigned int order);

// Call for a new slab (all its objects are free), and when an object is allocated (used: the bytes
// asked for; 0: all) and freed. kasan_slab_free() returns true after a report: the object is not in
// use.
void kasan_new_slab(struct kmem_cache *s, struct page *page);
void *kasan_slab_alloc(struct kmem_cache *s, void *object, size_t used);
bool kasan_slab_free(struct kmem_cache *s, void *object);

// For kasan.c and kasan_report.c: report an invalid access, or an invalid free, by the code at `site`.
void kasan_report(unsigned long addr, unsigned long bad, size_t size, bool write,
		  unsigned long site);
void kasan_report_free(const void *object, unsigned long site);
// The first invalid byte of [addr, addr+size), or 0.
unsigned long kasan_first_bad(unsigned long addr, size_t size);

#else

#define KASAN_AREAS

static inline void kasan_init(void)
{
}
static inline void kasan_poison_free_memory(void)
{
}
static inline void kasan_unpoison(const void *p, size_t size)
{
}
static inline void kasan_poison(const void *p, size_t size, u8 reason)
{
}
static inline void kasan_poison_tail(const void *p, size_t used, size_t size, u8 reason)
{
}
static inline void kasan_alloc_pages(struct page *page, unsigned int order)
{
}
static inline void kasan_free_pages(struct page *page, unsigned int order)
{
}
static inline void kasan_new_slab(struct kmem_cache *s, struct page *page)
{
}
static inline void *kasan_slab_alloc(struct kmem_cache *s, void *object, size_t used)
{
	return object;
}
static inline bool kasan_slab_free(struct kmem_cache *s, void *object)
{
	return false;
}

#endif
