// SPDX-License-Identifier: MIT
// Allocates memory for page tables. Tables smaller than a page share a page with others of their size.
//
// Owns: the pages that hold such tables: page->index is the table size, page->private has a bit for
// each free part. Locks: [t] table_parts.lock. Any context.
// Linux: pte_alloc_one(); on ARM, arch/arm/include/asm/pgtable-2level.h, which puts two tables and the
// kernel's copy of them into one page.

#include <kernel/panic.h>
#include <kernel/spinlock.h>
#include <lib/string.h>
#include <mm/gfp.h>
#include <mm/page.h>

unsigned long page_tables_taken; // [t]

static struct {
	struct spinlock lock;
	struct list_head partial; // [t] pages with a free part
} table_parts = { .partial = LIST_HEAD_INIT(table_parts.partial) };

#define PART_LEAST 128 // so a page has at most 32 parts, one for each bit of private

static unsigned long all_free(size_t size)
{
	return size > PART_LEAST ? BIT(PAGE_SIZE / size) - 1 : ~0UL;
}

static phys_addr_t alloc_table_pages(unsigned int order)
{
	const unsigned long va = __get_free_pages(GFP_ATOMIC | __GFP_ZERO, order);

	if (!va)
		return 0;
	page_tables_taken += BIT(order);
	return __pa(va);
}

static void free_table_pages(phys_addr_t pa, unsigned int order)
{
	page_tables_taken -= BIT(order);
	free_pages((unsigned long)__va((unsigned long)pa), order);
}

// A page with a free part of this size, or NULL.
static struct page *find_partial(size_t size)
{
	struct page *page;

	list_for_each_entry (page, &table_parts.partial, lru)
		if (page->index == size)
			return page;
	return NULL;
}

static struct page *new_partial(size_t size)
{
	const phys_addr_t pa = alloc_table_pages(0);
	struct page *page;

	if (pa == 0)
		return NULL;
	page = phys_to_page(pa);
	page->index = size;
	page->private = all_free(size);
	list_add(&page->lru, &table_parts.partial);
	return page;
}

static phys_addr_t take_part(size_t size)
{
	struct page *page = find_partial(size);
	phys_addr_t pa;

	if (!page)
		page = new_partial(size);
	if (!page)
		return 0;
	pa = page_to_phys(page) + __builtin_ctzl(page->private) * size;
	page->private &= page->private - 1;
	if (page->private == 0)
		list_del(&page->lru);
	memset(__va((unsigned long)pa), 0, size);
	return pa;
}

static void give_part(phys_addr_t pa, size_t size)
{
	struct page *page = phys_to_page(pa);
	const unsigned long part = BIT(((unsigned long)pa & ~PAGE_MASK) / size);

	BUG_ON(page->index != size || (page->private & part));
	if (page->private == 0)
		list_add(&page->lru, &table_parts.partial);
	page->private |= part;
	if (page->private != all_free(size))
		return;
	list_del(&page->lru);
	free_table_pages(page_to_phys(page), 0);
}

phys_addr_t page_table_alloc(size_t size)
{
	const unsigned long flags = spin_lock_irqsave(&table_parts.lock);
	const phys_addr_t pa = size < PAGE_SIZE ? take_part(max(size, (size_t)PART_LEAST))
						: alloc_table_pages(get_order(size));

	spin_unlock_irqrestore(&table_parts.lock, flags);
	return pa;
}

void page_table_free(phys_addr_t table, size_t size)
{
	const unsigned long flags = spin_lock_irqsave(&table_parts.lock);

	if (size < PAGE_SIZE)
		give_part(table, max(size, (size_t)PART_LEAST));
	else
		free_table_pages(table, get_order(size));
	spin_unlock_irqrestore(&table_parts.lock, flags);
}
