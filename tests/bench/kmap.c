// SPDX-License-Identifier: MIT
// What it costs to reach a page of highmem, and beside it one of lowmem (S227).

#include <kernel/bench.h>
#include <kernel/panic.h>
#include <mm/highmem.h>

// More pages than the window has slots: each kmap() of a round finds its page not mapped.
#define PAGES 600

static struct page *pages[PAGES], *low;
static unsigned int at;

static void alloc_kmap_pages(void)
{
	for (int i = 0; i < PAGES; i++)
		BUG_ON((pages[i] = alloc_page(GFP_HIGHUSER)) == NULL);
	BUG_ON((low = alloc_page(GFP_KERNEL)) == NULL);
	at = 0;
}

static void free_kmap_pages(void)
{
	for (int i = 0; i < PAGES; i++)
		__free_page(pages[i]);
	__free_page(low);
	kmap_flush_unused();
}

BENCH_WITH("kmap_local + kunmap_local", 1000, alloc_kmap_pages, free_kmap_pages)
{
	kunmap_local(kmap_local_page(pages[0]));
}

BENCH_WITH("kmap + kunmap, distinct highmem pages", 6000, alloc_kmap_pages, free_kmap_pages)
{
	struct page *page = pages[at];

	at = at + 1 < PAGES ? at + 1 : 0;
	kmap(page);
	kunmap(page);
}

BENCH_WITH("kmap + kunmap, the same highmem page", 1000, alloc_kmap_pages, free_kmap_pages)
{
	kmap(pages[0]);
	kunmap(pages[0]);
}

BENCH_WITH("kmap_local + kunmap_local of a lowmem page", 1000, alloc_kmap_pages, free_kmap_pages)
{
	kunmap_local(kmap_local_page(low));
}

BENCH_WITH("kmap + kunmap of a lowmem page", 1000, alloc_kmap_pages, free_kmap_pages)
{
	kmap(low);
	kunmap(low);
}
