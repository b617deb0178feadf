// SPDX-License-Identifier: MIT
// Giving pages back: to the lists at hand, from there to the buddy; and what is wrong with a free.
//
// Rules: the common path looks at one word of flags, the order and the count; what is odd is looked at
// closely. A free that is a mistake is reported with all call sites that are known, and changes nothing.
// Linux: mm/page_alloc.c (free_pages_check(), bad_page()), mm/swap.c.

#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <mm/kasan.h>
#include <mm/page_owner.h>

#include "page_alloc.h"

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

// A block that is free for good: refcount 0, no flags but order and zone.
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

// Whether a page behind the first one has a flag that only the first one may have.
static bool inner_flags(const struct page *page, unsigned int order)
{
	for (const struct page *p = page + 1; p < page + (1UL << order); p++)
		if (p->flags & OWNER_FLAGS)
			return true;
	return false;
}

// Why a page cannot be freed with this order, in words; NULL when it can.
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

// Reports the mistake and leaves the page alone; or drops one of several references.
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

// site: who frees.
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
