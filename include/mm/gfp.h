// SPDX-License-Identifier: MIT
// Asking the page allocator for memory: flags and functions, with Linux's names and meanings.
//
// A gfp_t says which zones may serve, whether the caller may sleep, how deep into the reserve it may
// dig, and what to do with the result.
#pragma once

#include <lib/compiler.h>
#include <lib/util.h>
#include <mm/zone.h>

typedef u32 gfp_t;

// The highest zone that may serve; fallback goes only downwards. None of these: ZONE_NORMAL.
#define __GFP_DMA     BIT(0)
#define __GFP_MOVABLE BIT(1) // the contents may be moved: noted, nothing moves yet
// Waiting and the reserve below the min watermark.
#define __GFP_HIGH           BIT(2) // half of the reserve
#define __GFP_ATOMIC         BIT(3) // cannot wait: a further quarter of it
#define __GFP_DIRECT_RECLAIM BIT(4) // may sleep
#define __GFP_KSWAPD_RECLAIM BIT(5)
#define __GFP_IO             BIT(6)
#define __GFP_FS             BIT(7)
#define __GFP_HARDWALL       BIT(8)
// What to do.
#define __GFP_NOWARN  BIT(9)  // a failure is no news
#define __GFP_NOFAIL  BIT(10) // the caller cannot take NULL: panics with a sentence instead
#define __GFP_NORETRY BIT(11)
#define __GFP_COMP    BIT(12) // pages know the head of their block
// From here on, what a slab cache must look at even when it has an object at hand: one shift and one
// test tell that nothing of it is asked for.
#define GFP_SLAB_SHIFT 13
#define __GFP_ZERO     BIT(13) // the memory is zeroed
#define __GFP_HIGHMEM  BIT(14) // a zone, see above; no slab lies there
#define __GFP_DMA32    BIT(15) // 64-bit only: there is no such zone here

#define __GFP_BITS_MASK ((gfp_t)BIT(16) - 1)
#define __GFP_RECLAIM   (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define GFP_ZONEMASK    (__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 | __GFP_MOVABLE)

#define GFP_ATOMIC           (__GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL           (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_NOWAIT           (__GFP_KSWAPD_RECLAIM)
#define GFP_USER             (GFP_KERNEL | __GFP_HARDWALL)
#define GFP_HIGHUSER         (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)
#define GFP_DMA              __GFP_DMA
#define GFP_DMA32            __GFP_DMA32

// The highest zone that flags allow.
static inline enum zone_type gfp_zone(gfp_t gfp)
{
	return gfp & __GFP_DMA ? ZONE_DMA : gfp & __GFP_HIGHMEM ? ZONE_HIGHMEM : ZONE_NORMAL;
}

// 2^order physically contiguous pages, or NULL. order: 0 to MAX_PAGE_ORDER, above it NULL and one
// warning. Sleeps only with __GFP_DIRECT_RECLAIM; else safe in interrupts.
__must_check struct page *alloc_pages(gfp_t gfp, unsigned int order);
#define alloc_page(gfp) alloc_pages(gfp, 0)

// Gives back what alloc_pages() gave, with the same order, once the last reference is gone.
// NULL is not allowed, as in Linux: it is reported. Any context.
void __free_pages(struct page *page, unsigned int order);
#define __free_page(page) __free_pages(page, 0)

// Single pages, `count` of them in no order, each to be freed by itself: cheaper than one by one. Larger
// blocks are cut up only when the smaller ones are used up. Returns how many it got; one warning when
// they are fewer. Not with __GFP_ZERO or __GFP_COMP. (mm/page/page_bulk.c)
__must_check unsigned long alloc_pages_bulk(gfp_t gfp, unsigned long count, struct page **pages);
// __free_page() for each: those that lie next to each other go back as blocks. Any context.
void free_pages_bulk(struct page **pages, unsigned long count);

// The same by linear-map address. A page that has none (__GFP_HIGHMEM) cannot be asked for: NULL and
// a warning. 0 when there is no memory.
__must_check unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
#define get_zeroed_page(gfp)        __get_free_pages((gfp) | __GFP_ZERO, 0)
#define __get_free_page(gfp)        __get_free_pages(gfp, 0)
#define __get_dma_pages(gfp, order) __get_free_pages((gfp) | GFP_DMA, order)
// 0 is fine. Any context.
void free_pages(unsigned long addr, unsigned int order);
#define free_page(addr) free_pages(addr, 0)

// The smallest order whose block holds size bytes. get_order(0) is 20, as in Linux: -1 pages.
static inline unsigned int get_order(unsigned long size)
{
	const unsigned long last = (size - 1) >> PAGE_SHIFT;

	return last ? 32 - __builtin_clz(last) : 0;
}

// How many wrong frees were reported since start-up.
extern unsigned long page_alloc_mistakes;

// References: alloc_pages() gives one; the block is freed when the last is put.
void get_page(struct page *page);
void put_page(struct page *page);

// Where kmap() shows a page of highmem; NULL: nowhere. Any context. (mm/highmem/kmap.c)
void *kmap_address(const struct page *page);

// The kernel's address of a page: in the linear map, or where kmap() shows it; NULL for highmem that
// no kmap() shows. Any context.
static inline void *page_address(const struct page *page)
{
	return PageHighMem(page) ? kmap_address(page) : page_to_virt(page);
}

// Gives the per-CPU lists back to the buddy, so that free blocks can merge. Any context.
void drain_all_pages(void);

// Free pages of all zones; with what the per-CPU lists hold. And of one zone.
unsigned long nr_free_pages(void);
unsigned long zone_free_pages(const struct zone *zone);

// Recounts every free list, and looks at each page of each free block; panics with the sentence that
// is false. Any context.
void buddy_check(void);
// The same with the first page of each block alone: its cost grows with the blocks, not with their pages.
void buddy_check_lists(void);
