// SPDX-License-Identifier: MIT
// KASAN (SAN=kasan): the compiler has each access to memory checked against a map of what may be accessed.
//
// The map is the shadow: one byte for each 8 bytes of the kernel's addresses, KASAN_SHADOW_START up.
//
//   address  c0001230                 c0001238                 c0001240
//            |u|u|u|u|u|u|u|u|        |u|u|u|.|.|.|.|.|        |.|.|.|.|.|.|.|.|
//   shadow   00: all 8 are used       03: the first 3 are      fc: none is, and why not
//
// Rules: in builds without it, all of this is nothing. Any context, where nothing else is said.
// Linux: include/linux/kasan.h, mm/kasan/ (the generic mode).
#pragma once

#include <arch/layout.h>
#include <lib/types.h>

struct kmem_cache;
struct page;

#define KASAN_GRANULE UL(8) // bytes of memory for a byte of shadow

// Why a granule must not be accessed. The compiler's are fixed by it; the others are Linux's.
enum {
	KASAN_STACK_LEFT = 0xf1, // (compiler) around variables of a function
	KASAN_STACK_MID = 0xf2,
	KASAN_STACK_RIGHT = 0xf3,
	KASAN_VMALLOC_INVALID = 0xf8,
	KASAN_GLOBAL_REDZONE = 0xf9,
	KASAN_SLAB_FREE = 0xfb,
	KASAN_SLAB_REDZONE = 0xfc,
	KASAN_PAGE_REDZONE = 0xfe, // what a kmalloc of whole pages leaves of the last ones
	KASAN_PAGE_FREE = 0xff,
};

#if CONFIG_KASAN

#define KASAN_AREAS { "kasan", KASAN_SHADOW_START, KASAN_SHADOW_END - 1, true },

static inline u8 *kasan_shadow(const void *p)
{
	return (u8 *)(((unsigned long)p / KASAN_GRANULE) + KASAN_SHADOW_OFFSET);
}

// The shadow of the image, which boot maps: functions mark their stacks there from the first one on.
#define KASAN_IMAGE_SHADOW_SIZE (UL(0x400000) / KASAN_GRANULE)
extern u8 kasan_image_shadow[KASAN_IMAGE_SHADOW_SIZE];

// Maps the rest of the shadow and begins to check. Once, after paging_init().
void kasan_init(void);
// Marks what is free. Once, after zones_init().
void kasan_poison_free_memory(void);

// [p, p+size) may be accessed; must not be, for this reason. p is a granule's start; poison counts whole
// granules.
void kasan_unpoison(const void *p, size_t size);
void kasan_poison(const void *p, size_t size, u8 reason);
// Of the `size` bytes at p, which may be accessed, only the first `used` ones may be from now on.
void kasan_poison_tail(const void *p, size_t used, size_t size, u8 reason);

// Pages are handed out, and given back.
void kasan_alloc_pages(struct page *page, unsigned int order);
void kasan_free_pages(struct page *page, unsigned int order);

// All objects of a new slab are free. One is handed out (used: bytes asked for; 0: all), and given back:
// true when it is none that is in use, which is reported.
void kasan_new_slab(struct kmem_cache *s, struct page *page);
void *kasan_slab_alloc(struct kmem_cache *s, void *object, size_t used);
bool kasan_slab_free(struct kmem_cache *s, void *object);

// For kasan.c and kasan_report.c: an access by the code at `site` that must not be; a free.
void kasan_report(unsigned long addr, unsigned long bad, size_t size, bool write,
		  unsigned long site);
void kasan_report_free(const void *object, unsigned long site);
// The first byte of [addr, addr+size) that must not be accessed, or 0.
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
