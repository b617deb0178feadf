// SPDX-License-Identifier: MIT
// The page allocator: chooses the zone, applies the watermarks, keeps the per-CPU lists, and checks
// each free.
//
// Owns: zone->pcp[] and the page flags of allocated blocks.
// Rules: the common paths pop a block from the zone's per-CPU list and push it back there; all else is
// in out-of-line functions. If there is no memory, an allocation returns NULL (or panics for
// __GFP_NOFAIL); it never hangs. A wrong free is reported with all known call sites, and changes
// nothing.
// Linux: mm/page_alloc.c. There is no reclaim here yet, so __GFP_DIRECT_RECLAIM only permits sleeping.

#include <kernel/context.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <mm/alloc_sites.h>
#include <mm/fault_inject.h>
#include <mm/highmem.h>
#include <mm/kasan.h>
#include <mm/page_debug.h>

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

// Refills the per-CPU list of this order, unless the zone is below its low watermark. Needs the lock.
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

static struct page *alloc_from_zone(struct zone *zone, gfp_t gfp, unsigned int order)
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

// Tries the zones from the highest allowed one downwards.
static struct page *take_by_fallback(gfp_t gfp, unsigned int order)
{
	for (int i = gfp_zone(gfp); i >= 0; i--) {
		struct page *page = NULL;

		if (populated_zone(&zones[i]))
			page = alloc_from_zone(&zones[i], gfp, order);
		if (page)
			return page;
	}
	return NULL;
}

// Slow path: try the zones, drain the per-CPU lists, retry; then warn, or panic for __GFP_NOFAIL.
static struct page *take_or_fail(gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;

	if (order > MAX_PAGE_ORDER) {
		WARN_ON(order > MAX_PAGE_ORDER && !(gfp & __GFP_NOWARN));
		return NULL;
	}
	if (!should_fail_page_alloc(gfp)) {
		page = take_by_fallback(gfp, order);
		if (!page) { // blocks in the per-CPU lists may merge into one that is large enough
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

// Makes every page of the block point to its head.
static void prep_compound(struct page *page, unsigned int order)
{
	page->flags |= PG_head;
	page->head = page;
	for (struct page *p = page + 1; p < page + (1UL << order); p++) {
		p->flags |= PG_tail;
		p->head = page;
	}
}

// Handles the flags that few requests have.
static void prep_special(struct page *page, gfp_t gfp, unsigned int order)
{
	if (gfp & __GFP_ZERO)
		for (unsigned long i = 0; i < 1UL << order; i++)
			clear_highpage(page + i);
	if ((gfp & __GFP_COMP) && order > 0)
		prep_compound(page, order);
}

// A block from the per-CPU list of the first zone to try; or NULL.
static inline struct page *alloc_from_pcp(gfp_t gfp, unsigned int order)
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

// The allocations that the common path cannot handle. site: the caller.
static __noinline struct page *alloc_pages_slow(gfp_t gfp, unsigned int order, unsigned long site)
{
	struct page *page = alloc_from_pcp(gfp, order);

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
		page = alloc_from_pcp(gfp, order);
	if (unlikely(!page))
		return alloc_pages_slow(gfp, order, __RETURN_ADDRESS);
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

	if (WARN_ON(gfp & __GFP_HIGHMEM)) // such a page may have no address
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

// ---- Back to the buddy ---------------------------------------------------------------------------

unsigned long page_alloc_mistakes;

void pcp_drain(struct zone *zone, unsigned int order, int count)
{
	struct per_cpu_pages *pcp = &zone->pcp[order];

	while (count-- > 0 && pcp->count > 0)
		buddy_give(zone, pcp_pop(pcp), order);
}

void drain_all_pages(void)
{
	for (struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
		unsigned long flags = spin_lock_irqsave(&zone->lock);

		for (unsigned int order = 0; order < PCP_ORDERS; order++)
			pcp_drain(zone, order, zone->pcp[order].count);
		spin_unlock_irqrestore(&zone->lock, flags);
	}
}

// ---- A free ---------------------------------------------------------------------------------------

static void unprep_compound(struct page *page, unsigned int order)
{
	page->flags &= ~PG_head;
	for (struct page *p = page + 1; p < page + (1UL << order); p++)
		p->flags &= ~PG_tail;
}

// Frees a block whose refcount is 0 and which has no flags but order and zone.
static inline void free_block(struct page *page, unsigned int order)
{
	struct zone *zone = page_zone(page);
	unsigned long flags;

	kasan_free_pages(page, order);
	flags = spin_lock_irqsave(&zone->lock);
	if (likely(order < PCP_ORDERS)) {
		struct per_cpu_pages *pcp = &zone->pcp[order];

		pcp_push(pcp, page);
		if (unlikely(pcp->count > pcp->high))
			pcp_drain(zone, order, pcp->count - pcp->high + pcp->batch);
	} else {
		buddy_give(zone, page, order);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

// Whether a page after the first one has a flag that only the first one may have.
static bool inner_flags(const struct page *page, unsigned int order)
{
	for (const struct page *p = page + 1; p < page + (1UL << order); p++)
		if (p->flags & OWNER_FLAGS)
			return true;
	return false;
}

// Why a page cannot be freed with this order; NULL if it can.
static const char *free_mistake(const struct page *page, unsigned int order)
{
	if (!page)
		return "is NULL";
	if (!is_struct_page(page) || !IS_ALIGNED((unsigned long)page, sizeof(*page)))
		return "is no struct page";
	if (!page_initialised(page_to_pfn(page)))
		return "was never handed out (wild free)";
	if (PageReserved(page))
		return "is reserved";
	if (PageTail(page))
		return "lies inside of a larger block";
	if (PageSlab(page))
		return "belongs to a slab cache";
	if (PageBuddy(page) || page->_refcount == 0)
		return "is free already (double free), or no head of a block";
	if (page_order(page) != order)
		return "was handed out with another order";
	if (PageLocked(page) && page->_refcount == 1)
		return "is locked";
	if (page->_refcount == 1 && inner_flags(page, order))
		return "heads a block whose inner pages have flags of an owner";
	return NULL;
}

// Reports a wrong free, or drops one reference and frees the block if it was the last.
static __noinline void free_slow(struct page *page, unsigned int order, unsigned long site)
{
	const char *mistake = free_mistake(page, order);

	if (mistake) {
		page_alloc_mistakes++;
		pr_err("BUG: __free_pages(%px, %u) by %pS: the page %s\n", page, order,
		       (void *)site, mistake);
		page_owner_show(page);
		dump_stack(NULL);
		return;
	}
	if (--page->_refcount > 0)
		return;
	if (PageHead(page))
		unprep_compound(page, order);
	page->flags &= ~OWNER_FLAGS;
	page_owner_set_free(page, site);
	free_block(page, order);
}

// site: the caller.
static __always_inline void free_from(struct page *page, unsigned int order, unsigned long site)
{
	if (unlikely(!is_struct_page(page) || (CONFIG_DEBUG && free_mistake(page, order)) ||
		     (page->flags & FREE_FLAGS_ODD) | (page_order(page) ^ order) ||
		     page->_refcount != 1)) {
		free_slow(page, order, site);
		return;
	}
	page->_refcount = 0;
	page_owner_set_free(page, site);
	free_block(page, order);
}

void __free_pages(struct page *page, unsigned int order)
{
	free_from(page, order, __RETURN_ADDRESS);
}

void free_pages_noted(struct page *page, unsigned int order, unsigned long site)
{
	free_slow(page, order, site);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr == 0)
		return;
	if (!virt_addr_valid((void *)addr)) {
		page_alloc_mistakes++;
		pr_err("BUG: free_pages(%08lx, %u) by %pS: no address of lowmem\n", addr, order,
		       (void *)__RETURN_ADDRESS);
		dump_stack(NULL);
		return;
	}
	free_from(virt_to_page((void *)addr), order, __RETURN_ADDRESS);
}

static struct page *compound_head(struct page *page)
{
	return PageTail(page) ? page->head : page;
}

void get_page(struct page *page)
{
	page = compound_head(page);
	BUG_ON(page->_refcount <= 0);
	page->_refcount++;
}

void put_page(struct page *page)
{
	page = compound_head(page);
	free_from(page, page_order(page), __RETURN_ADDRESS);
}

void unlock_page(struct page *page)
{
	const u32 before = __atomic_fetch_and(&page->flags, ~PG_locked, __ATOMIC_RELEASE);

	if (likely(before & PG_locked))
		return;
	page_alloc_mistakes++;
	pr_err("BUG: unlock_page(%px) by %pS: the page is not locked\n", page,
	       (void *)__RETURN_ADDRESS);
	dump_stack(NULL);
}
