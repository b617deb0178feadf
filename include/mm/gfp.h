// SPDX-License-Identifier: MIT
// The page allocator's interface: flags and functions, with Linux's names and meanings.
//
// A gfp_t says which zones may be used, whether the caller may sleep, how much of the reserve it may
// use, and how the result is prepared.
#pragma once

#include <lib/compiler.h>
#include <lib/util.h>
#include <mm/zone.h>

typedef u32 gfp_t;

// The highest zone that may be used; fallback only goes down. Without these flags: ZONE_NORMAL.
#define __GFP_DMA     BIT(0)
#define __GFP_MOVABLE BIT(1) // the contents may be moved: accepted, but nothing moves pages yet
// Sleeping, and the reserve below the min watermark.
#define __GFP_HIGH           BIT(2) // may use half of the reserve
#define __GFP_ATOMIC         BIT(3) // cannot sleep: may use a quarter of the rest too
#define __GFP_DIRECT_RECLAIM BIT(4) // may sleep
#define __GFP_KSWAPD_RECLAIM BIT(5)
#define __GFP_IO             BIT(6)
#define __GFP_FS             BIT(7)
#define __GFP_HARDWALL       BIT(8)
// Handling of failure and of the result.
#define __GFP_NOWARN  BIT(9)  // no warning on failure
#define __GFP_NOFAIL  BIT(10) // never returns NULL: panics instead
#define __GFP_NORETRY BIT(11)
#define __GFP_COMP    BIT(12) // a compound block: each page points to the first
// The flags from here up force a slab cache onto its slow path even when its per-CPU list has an
// object: one shift and one test find out whether any of them is set.
#define GFP_SLAB_SHIFT 13
#define __GFP_ZERO     BIT(13) // the memory is zeroed
#define __GFP_HIGHMEM  BIT(14) // a zone, see above; never for slabs
#define __GFP_DMA32    BIT(15) // 64-bit only: this zone does not exist here

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

// The highest zone that the flags allow.
static inline enum zone_type gfp_zone(gfp_t gfp)
{
	return gfp & __GFP_DMA ? ZONE_DMA : gfp & __GFP_HIGHMEM ? ZONE_HIGHMEM : ZONE_NORMAL;
}

// Allocates 2^order physically contiguous pages, or returns NULL. order: 0 to MAX_PAGE_ORDER; above
// that NULL and one warning. Sleeps only with __GFP_DIRECT_RECLAIM; without it, safe in interrupts.
__must_check struct page *alloc_pages(gfp_t gfp, unsigned int order);
#define alloc_page(gfp) alloc_pages(gfp, 0)

// Drops a reference to a block from alloc_pages(); the last one frees it. order must be the same. NULL
// is not allowed, as in Linux: it is reported. Any context.
void __free_pages(struct page *page, unsigned int order);
#define __free_page(page) __free_pages(page, 0)

// Allocates `count` single pages, not contiguous, each freed separately: cheaper than one by one.
// Larger blocks are split only when the smaller ones are used up. Returns the number of pages; if it is
// less than count, there was one warning. Not with __GFP_ZERO or __GFP_COMP. (mm/page/page_bulk.c)
__must_check unsigned long alloc_pages_bulk(gfp_t gfp, unsigned long count, struct page **pages);
// __free_page() for each: adjacent pages are freed as blocks. Any context.
void free_pages_bulk(struct page **pages, unsigned long count);

// Like alloc_pages(), but returns the linear-map address, or 0 when there is no memory. __GFP_HIGHMEM
// is not allowed, since such a page has no address: 0 and a warning.
__must_check unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
#define get_zeroed_page(gfp)        __get_free_pages((gfp) | __GFP_ZERO, 0)
#define __get_free_page(gfp)        __get_free_pages(gfp, 0)
#define __get_dma_pages(gfp, order) __get_free_pages((gfp) | GFP_DMA, order)
// addr may be 0. Any context.
void free_pages(unsigned long addr, unsigned int order);
#define free_page(addr) free_pages(addr, 0)

// The smallest order whose block holds size bytes. get_order(0) is 20, as in Linux: size - 1 wraps
// around.
static inline unsigned int get_order(unsigned long size)
{
	const unsigned long last = (size - 1) >> PAGE_SHIFT;

	return last ? 32 - __builtin_clz(last) : 0;
}

// Wrong frees reported since start-up.
extern unsigned long page_alloc_mistakes;

// References: alloc_pages() returns a page with one; the last put_page() frees the block.
void get_page(struct page *page);
void put_page(struct page *page);

// The address at which kmap() maps a highmem page; NULL: not mapped. Any context. (mm/highmem/kmap.c)
void *kmap_address(const struct page *page);

// The kernel's address of a page: in the linear map, or its kmap() address. NULL for a highmem page
// that kmap() does not map now. Any context.
static inline void *page_address(const struct page *page)
{
	return PageHighMem(page) ? kmap_address(page) : page_to_virt(page);
}

// Returns the blocks of the per-CPU lists to the buddy allocator, so that they can merge. Any context.
void drain_all_pages(void);

// Free pages of all zones, or of one; both include the per-CPU lists.
unsigned long nr_free_pages(void);
unsigned long zone_free_pages(const struct zone *zone);

// Recounts every free list and checks each page of each free block; panics with the condition that
// failed. Any context.
void buddy_check(void);
// The same for the first page of each block only: the cost grows with the number of blocks, not pages.
void buddy_check_lists(void);
