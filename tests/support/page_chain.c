// SPDX-License-Identifier: MIT
// Holding all of memory needs no memory: lru and private of a page belong to its owner.

#include "page_chain.h"

void chain_add(struct page_chain *chain, struct page *page, unsigned int order)
{
	page->private = order;
	list_add(&page->lru, &chain->blocks);
	chain->count++;
	chain->pages += 1UL << order;
}

unsigned long chain_take(struct page_chain *chain, gfp_t gfp, unsigned int order,
			 unsigned long most)
{
	unsigned long n = 0;
	struct page *page;

	while (n < most && (page = alloc_pages(gfp | __GFP_NOWARN, order)) != NULL) {
		chain_add(chain, page, order);
		n++;
	}
	return n;
}

unsigned long chain_take_all(struct page_chain *chain, gfp_t gfp)
{
	const unsigned long before = chain->pages;

	for (int order = MAX_PAGE_ORDER; order >= 0; order--)
		chain_take(chain, gfp, order, ~0UL);
	return chain->pages - before;
}

bool chain_is_whole(const struct page_chain *chain)
{
	unsigned long count = 0, pages = 0;
	const struct page *page;

	list_for_each_entry (page, &chain->blocks, lru) {
		if (page->private != page_order(page) || page_ref_count(page) != 1 ||
		    PageBuddy(page) || page->lru.next->prev != &page->lru)
			return false;
		pages += 1UL << page->private;
		if (++count > chain->count)
			return false;
	}
	return count == chain->count && pages == chain->pages;
}

void chain_drop(struct page_chain *chain)
{
	struct page *page = list_first_entry(&chain->blocks, struct page, lru);
	const unsigned int order = page->private;

	list_del(&page->lru);
	chain->count--;
	chain->pages -= 1UL << order;
	__free_pages(page, order);
}

void chain_free(struct page_chain *chain)
{
	while (!list_empty(&chain->blocks))
		chain_drop(chain);
}
