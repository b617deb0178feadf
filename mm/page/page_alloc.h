// SPDX-License-Identifier: MIT
// Shared by the files of the page allocator.
#pragma once

#include <arch/cpu.h>
#include <kernel/panic.h>
#include <mm/gfp.h>

// The owner's flags. The owner must unlock the page before the free; the free clears the others.
#define OWNER_FLAGS (PG_locked | PG_referenced | PG_uptodate | PG_dirty)

// With one of these flags a freed page takes the slow path.
#define FREE_FLAGS_ODD (PG_reserved | PG_buddy | PG_slab | PG_head | PG_tail | OWNER_FLAGS)

// Only for free_pages_at().
void free_pages_noted(struct page *page, unsigned int order, unsigned long site);

// __free_pages() for the caller at `site`. Only debug builds use site; it costs release builds nothing.
static inline void free_pages_at(struct page *page, unsigned int order, unsigned long site)
{
	if (CONFIG_DEBUG)
		free_pages_noted(page, order, site);
	else
		__free_pages(page, order);
}

// How many pages must stay free in this zone after this request.
unsigned long zone_watermark(const struct zone *zone, gfp_t gfp);

// A per-CPU list. Needs masked interrupts.
static inline void pcp_push(struct per_cpu_pages *pcp, struct page *page)
{
	BUG_ON(CONFIG_DEBUG && !irqs_disabled());
	page->pcp_next = pcp->first;
	pcp->first = page;
	pcp->count++;
}

static inline struct page *pcp_pop(struct per_cpu_pages *pcp)
{
	struct page *page = pcp->first;

	BUG_ON(CONFIG_DEBUG && !irqs_disabled());
	if (likely(page)) {
		pcp->first = page->pcp_next;
		pcp->count--;
	}
	return page;
}

// Returns `count` blocks of a per-CPU list to the buddy allocator. Needs the lock.
void pcp_drain(struct zone *zone, unsigned int order, int count);
