// SPDX-License-Identifier: MIT
// The page allocator: which zone serves a request, how low it may go, and the lists at hand. What is
// given back: mm/page/page_free.c.
//
// Owns, with it: zone->pcp[] and the page flags of blocks that are handed out.
// Rules: the common path takes a block from the zone's per-CPU list; everything else is a call away.
// An allocation that cannot be met returns NULL; it never hangs.
// Linux: mm/page_alloc.c; no reclaim yet, so __GFP_DIRECT_RECLAIM only allows to sleep.

#include <kernel/context.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <mm/alloc_sites.h>
#include <mm/fault_inject.h>
#include <mm/highmem.h>
#include <mm/kasan.h>
#include <mm/page_owner.h>

#include "page_alloc.h"

unsigned long zone_watermark(const struct zone *zone, gfp_t gfp)
{
	unsigned long min = zone->_watermark[WMARK_MIN];

	if (gfp & __GFP_HIGH)
		min -= min / 2;
	if (gfp & __GFP_ATOMIC)
		min -= min / 4;
	return min + zone->lowmem_reserve[gfp_zone(gfp)];
}

// Fills the per-CPU list of this order, but not from the reserve. Needs the lock.
static void pcp_refill(struct zone *zone, unsigned int order)
{
	struct per_cpu_pages *pcp = &zone->pcp[order];
	const unsigned long keep = zone->_watermark[WMARK_LOW] + (1UL << order);

	while (pcp->count < pcp->batch && zone->free_pages >= keep) {
		struct page *page = buddy_take(zone, order);

		if (!page)
			return;
		pcp_push(pcp, page);
	}
}

static struct page *take_from_zone(struct zone *zone, gfp_t gfp, unsigned int order)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);
	struct page *page = NULL;

	if (zone->free_pages >= zone_watermark(zone, gfp) + (1UL << order))
		page = buddy_take(zone, order);
	if (page) {
		if (zone->free_pages < zone->_watermark[WMARK_MIN])
			zone->atomic_used++;
		if (order < PCP_ORDERS)
			pcp_refill(zone, order);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

// The zones from the highest allowed downwards.
static struct page *take_by_fallback(gfp_t gfp, unsigned int order)
{
	for (int i = gfp_zone(gfp); i >= 0; i--) {
		struct page *page = NULL;

		if (populated_zone(&zones[i]))
			page = take_from_zone(&zones[i], gfp, order);
		if (page)
			return page;
	}
	return NULL;
}

// What is not at hand, from the zones; or the end of it: no memory, and who must be told.
static struct page *take_or_fail(gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;

	if (order > MAX_PAGE_ORDER) {
		WARN_ON(order > MAX_PAGE_ORDER && !(gfp & __GFP_NOWARN));
		return NULL;
	}
	if (!should_fail_page_alloc(gfp)) {
		page = take_by_fallback(gfp, order);
		if (!page) { // what lies at hand in small blocks may be what this one lacks
			drain_all_pages();
			page = take_by_fallback(gfp, order);
		}
	}
	if (!page && (gfp & __GFP_NOFAIL))
		panic("alloc_pages: __GFP_NOFAIL, but no 2^%u pages are left", order);
	if (!page && !(gfp & __GFP_NOWARN))
		pr_warn("page allocation failure: order:%u, mode:%#x, %lu pages free\n", order, gfp,
			nr_free_pages());
	return page;
}

// Every page of the block knows its head.
static void prep_compound(struct page *page, unsigned int order)
{
	page->flags |= PG_head;
	page->head = page;
	for (struct page *p = page + 1; p < page + (1UL << order); p++) {
		p->flags |= PG_tail;
		p->head = page;
	}
}

// What only few requests ask for.
static void prep_special(struct page *page, gfp_t gfp, unsigned int order)
{
	if (gfp & __GFP_ZERO)
		for (unsigned long i = 0; i < 1UL << order; i++)
			clear_highpage(page + i);
	if ((gfp & __GFP_COMP) && order > 0)
		prep_compound(page, order);
}

// A block at hand, of the first zone that may serve; or NULL.
static inline struct page *take_at_hand(gfp_t gfp, unsigned int order)
{
	unsigned long flags;
	struct page *page;

	if (unlikely(order >= PCP_ORDERS))
		return NULL;
	flags = local_irq_save();
	page = pcp_pop(&first_zone[gfp_zone(gfp)]->pcp[order]);
	local_irq_restore(flags);
	return page;
}

// What the common path does not answer. site: who asks.
static __noinline struct page *alloc_slow(gfp_t gfp, unsigned int order, unsigned long site)
{
	struct page *page = take_at_hand(gfp, order);

	if (!page)
		page = take_or_fail(gfp, order);
	if (CONFIG_DEBUG)
		alloc_site_note(site, page == NULL);
	if (!page)
		return NULL;
	page->_refcount = 1;
	kasan_alloc_pages(page, order);
	prep_special(page, gfp, order);
	page_owner_set_alloc(page, site);
	return page;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;

	might_sleep_if(gfp & __GFP_DIRECT_RECLAIM);
	if (CONFIG_DEBUG && (gfp & ~__GFP_BITS_MASK)) {
		WARN_ON(gfp & ~__GFP_BITS_MASK);
		gfp &= __GFP_BITS_MASK;
	}
	if (likely(!(gfp & (__GFP_ZERO | __GFP_COMP))))
		page = take_at_hand(gfp, order);
	if (unlikely(!page))
		return alloc_slow(gfp, order, __RETURN_ADDRESS);
	if (CONFIG_DEBUG)
		alloc_site_note(__RETURN_ADDRESS, false);
	page->_refcount = 1;
	kasan_alloc_pages(page, order);
	page_owner_set_alloc(page, __RETURN_ADDRESS);
	return page;
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (WARN_ON(gfp & __GFP_HIGHMEM)) // such a page has no address
		return 0;
	page = alloc_pages(gfp, order);
	if (!page)
		return 0;
	page_owner_set_alloc(page, __RETURN_ADDRESS);
	return (unsigned long)page_to_virt(page);
}

unsigned long zone_free_pages(const struct zone *zone)
{
	unsigned long n = zone->free_pages;

	for (unsigned int order = 0; order < PCP_ORDERS; order++)
		n += (unsigned long)zone->pcp[order].count << order;
	return n;
}

unsigned long nr_free_pages(void)
{
	unsigned long n = 0;

	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++)
		n += zone_free_pages(zone);
	return n;
}
