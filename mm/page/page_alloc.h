// SPDX-License-Identifier: MIT
// Between the files of the page allocator.
#pragma once

#include <arch/cpu.h>
#include <kernel/panic.h>
#include <mm/gfp.h>

// The owner's flags: he unlocks the page himself, the others end with his ownership.
#define OWNER_FLAGS (PG_locked | PG_referenced | PG_uptodate | PG_dirty)

// What a page that comes back must not be, to be freed without a second look.
#define FREE_FLAGS_ODD (PG_reserved | PG_buddy | PG_slab | PG_head | PG_tail | OWNER_FLAGS)

// For free_pages_at() alone.
void free_pages_noted(struct page *page, unsigned int order, unsigned long site);

// __free_pages() for a caller that is named, in debug builds: in others it costs nothing.
static inline void free_pages_at(struct page *page, unsigned int order, unsigned long site)
{
	if (CONFIG_DEBUG)
		free_pages_noted(page, order, site);
	else
		__free_pages(page, order);
}

// How many pages must stay free in this zone for this request.
unsigned long zone_watermark(const struct zone *zone, gfp_t gfp);

// The list at hand of one order. Needs masked interrupts.
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

// Gives `count` blocks of a list at hand back to the buddy. Needs the lock.
void pcp_drain(struct zone *zone, unsigned int order, int count);
