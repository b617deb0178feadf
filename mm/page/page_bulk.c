// SPDX-License-Identifier: MIT
// Allocates many single pages at once: from the per-CPU list, then by splitting blocks of the free
// lists. Frees a few pages into the per-CPU list, many as the blocks that they form.
//
// Rules: the smallest blocks are used first, as if the pages were allocated one by one, so that large
// blocks stay whole.
// Linux: alloc_pages_bulk() in mm/page_alloc.c, page by page.

#include <kernel/context.h>
#include <kernel/panic.h>
#include <mm/alloc_sites.h>
#include <mm/fault_inject.h>
#include <mm/kasan.h>
#include <mm/page_debug.h>

#include "page_alloc.h"

#define FEW       4   // tunable: fewer are cheaper one by one
#define SOME      32  // tunable: up to this many go to the per-CPU list
#define MASK_MOST 512 // tunable: most pages allocated with interrupts masked

static unsigned int log2(unsigned long n)
{
	return 31 - __builtin_clz(n);
}

// The order to take next when `left` pages are missing: that of the smallest free block, or a part of
// it.
static unsigned int next_order(const struct zone *zone, unsigned long left)
{
	const unsigned int smallest =
		zone->free_orders ? __builtin_ctz(zone->free_orders) : MAX_PAGE_ORDER;

	return min(smallest, log2(left));
}

// Turns a block into single pages.
static void cut_up(struct page *block, unsigned int order, struct page **pages)
{
	for (struct page *page = block; page < block + (1UL << order); page++) {
		page->flags &= ~PG_ORDER_MASK;
		page->_refcount = 1;
		kasan_alloc_pages(page, 0);
		*pages++ = page;
	}
}

// Takes up to `count` pages from the per-CPU list. Returns how many.
static unsigned long alloc_bulk_from_pcp(struct zone *zone, unsigned long count,
					 struct page **pages)
{
	unsigned long done = 0, flags = local_irq_save();

	for (; done < count; done++) {
		struct page *page = pcp_pop(&zone->pcp[0]);

		if (!page)
			break;
		page->_refcount = 1;
		kasan_alloc_pages(page, 0);
		pages[done] = page;
	}
	local_irq_restore(flags);
	return done;
}

// Takes up to `count` pages while the zone is above the watermark. Returns how many.
static unsigned long take_some(struct zone *zone, gfp_t gfp, unsigned long count,
			       struct page **pages)
{
	const unsigned long keep = zone_watermark(zone, gfp);
	unsigned long done = 0, flags = spin_lock_irqsave(&zone->lock);

	while (done < count && zone->free_pages > keep) {
		const unsigned long left = min(count - done, zone->free_pages - keep);
		const unsigned int order = next_order(zone, left);
		struct page *block = buddy_take(zone, order);

		if (!block)
			break;
		cut_up(block, order, pages + done);
		done += 1UL << order;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return done;
}

static unsigned long alloc_bulk_from_zone(struct zone *zone, gfp_t gfp, unsigned long count,
					  struct page **pages)
{
	unsigned long done = 0, got;

	do {
		got = take_some(zone, gfp, min(count - done, MASK_MOST), pages + done);
		done += got;
	} while (got > 0 && done < count);
	return done;
}

unsigned long alloc_pages_bulk(gfp_t gfp, unsigned long count, struct page **pages)
{
	unsigned long done = 0;

	BUG_ON(gfp & (__GFP_ZERO | __GFP_COMP));
	might_sleep_if(gfp & __GFP_DIRECT_RECLAIM);
	// With fault injection, each page is allocated separately.
	if (count >= FEW && !fault_injection_active()) {
		done = alloc_bulk_from_pcp(first_zone[gfp_zone(gfp)], min(count, MASK_MOST), pages);
		for (int i = gfp_zone(gfp); i >= 0 && done < count; i--)
			if (populated_zone(&zones[i]))
				done += alloc_bulk_from_zone(&zones[i], gfp, count - done,
							     pages + done);
	}
	for (; done < count; done++) { // a small count, or the rest: the usual slow path
		pages[done] = alloc_page(gfp);
		if (!pages[done])
			break;
	}
	if (CONFIG_DEBUG) {
		for (unsigned long i = 0; i < done; i++)
			page_owner_set_alloc(pages[i], __RETURN_ADDRESS);
		alloc_site_note(__RETURN_ADDRESS, done < count);
	}
	return done;
}

// ---- Free -----------------------------------------------------------------------------------------

// Whether __free_page() would free it on the common path.
static bool is_plain(const struct page *page)
{
	return is_struct_page(page) && !(page->flags & (FREE_FLAGS_ODD | PG_ORDER_MASK)) &&
	       page->_refcount == 1;
}

// How many of the first pages are contiguous and plain.
static unsigned long plain_run(struct page **pages, unsigned long count)
{
	const struct page *first = pages[0];
	unsigned long n = 0;

	while (n < count && pages[n] == first + n && is_plain(first + n))
		n++;
	return n;
}

// Frees contiguous pages as the largest blocks that they form.
static void give_run(struct page *page, unsigned long count, unsigned long site)
{
	for (struct page *p = page; p < page + count; p++) {
		p->_refcount = 0;
		kasan_free_pages(p, 0);
		page_owner_set_free(p, site);
	}
	while (count > 0) {
		const unsigned long index = (unsigned long)(page - mem_map) | BLOCK_PAGES;
		const unsigned int order = min((unsigned int)__builtin_ctz(index), log2(count));
		struct zone *zone = page_zone(page);
		unsigned long flags = spin_lock_irqsave(&zone->lock);

		buddy_give(zone, page, order);
		spin_unlock_irqrestore(&zone->lock, flags);
		page += 1UL << order;
		count -= 1UL << order;
	}
}

// Frees pages into the per-CPU list of the first one's zone; stops at a page of another zone or one
// that is not plain. Returns how many.
static unsigned long free_bulk_to_pcp(struct page **pages, unsigned long count, unsigned long site)
{
	struct zone *zone = page_zone(pages[0]);
	struct per_cpu_pages *pcp = &zone->pcp[0];
	unsigned long n, flags = spin_lock_irqsave(&zone->lock);

	for (n = 0; n < count && is_plain(pages[n]) && page_zone(pages[n]) == zone; n++) {
		pages[n]->_refcount = 0;
		kasan_free_pages(pages[n], 0);
		page_owner_set_free(pages[n], site);
		pcp_push(pcp, pages[n]);
	}
	if (pcp->count > pcp->high)
		pcp_drain(zone, 0, pcp->count - pcp->high + pcp->batch);
	spin_unlock_irqrestore(&zone->lock, flags);
	return n;
}

// Frees one or more pages from the start of the list, in the suitable way. Returns how many.
static unsigned long give_first(struct page **pages, unsigned long count, bool some,
				unsigned long site)
{
	unsigned long n = some ? is_plain(pages[0]) : plain_run(pages, count);

	if (n == 0 || (!some && n < FEW)) { // alone: this also reports a wrong page
		free_pages_at(pages[0], 0, site);
		return 1;
	}
	if (some)
		return free_bulk_to_pcp(pages, count, site);
	give_run(pages[0], n, site);
	return n;
}

void free_pages_bulk(struct page **pages, unsigned long count)
{
	const bool some = count <= SOME;

	while (count >= FEW) {
		const unsigned long n = give_first(pages, count, some, __RETURN_ADDRESS);

		pages += n;
		count -= n;
	}
	while (count-- > 0)
		free_pages_at(*pages++, 0, __RETURN_ADDRESS);
}
