// SPDX-License-Identifier: MIT
// The page allocator: what its functions promise.

#include <kernel/ktest.h>
#include <kernel/symbols.h>
#include <mm/memblock.h>
#include <mm/page_debug.h>
#include <mm/slab.h>

#include "free_state.h"
#include "log_watch.h"

SUITE("page_alloc");

static __noinline struct page *take_here(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	barrier(); // no tail call: this function is to be the caller
	return page;
}

static bool site_is(u32 site, const char *function)
{
	unsigned long offset, size;
	const char *name;

	return symbol_lookup(site, &name, &offset, &size) && strcmp(name, function) == 0;
}

TEST("S118 the page owner knows who took a page and who freed it (debug builds)")
{
	const struct page_owner *owner;
	struct page *page;

	if (!CONFIG_DEBUG)
		SKIP("release builds keep no owners");
	free_state_begin();
	page = take_here(GFP_KERNEL, 2);
	ASSERT_NE(page, NULL);
	owner = &page_owners[page - mem_map];
	EXPECT_TRUE(site_is(owner->alloc_site, "take_here"));
	__free_pages(page, 2);
	EXPECT_FALSE(site_is(owner->free_site, "take_here"));
	EXPECT_FALSE(site_is(owner->free_site, "__free_pages"));
	EXPECT_NE(owner->free_site, 0);
	EXPECT_EQ(alloc_pages(GFP_KERNEL, 2), page); // the block at hand
	EXPECT_FALSE(site_is(owner->alloc_site, "take_here"));
	EXPECT_FALSE(site_is(owner->alloc_site, "alloc_pages"));
	__free_pages(page, 2);
	EXPECT_EQ(take_here(GFP_KERNEL, 2), page);
	EXPECT_TRUE(site_is(owner->alloc_site, "take_here"));
	__free_pages(page, 2);
	free_state_end();
}

TEST("S118 the other allocators take from this one: 64 KB of kmalloc are 16 of its pages")
{
	unsigned long free;
	void *p;

	free_state_begin();
	free = nr_free_pages();
	p = kmalloc(16 * PAGE_SIZE, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(nr_free_pages(), free - 16);
	EXPECT_EQ(page_order(virt_to_page(p)), 4);
	kfree(p);
	EXPECT_EQ(nr_free_pages(), free);
	free_state_end();
}

// What alloc_pages() promises of a block: aligned, RAM, one zone, one user, nobody else's.
static void expect_block(const struct page *page, unsigned int order)
{
	const pfn_t pfn = page_to_pfn(page);

	EXPECT_TRUE(IS_ALIGNED(pfn - min_low_pfn, 1UL << order));
	EXPECT_EQ(page_order(page), order);
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_TRUE(memblock_is_ram(PFN_PHYS(pfn), PAGE_SIZE << order));
	EXPECT_FALSE(memblock_is_reserved(PFN_PHYS(pfn), PAGE_SIZE << order));
	for (unsigned long i = 0; i < 1UL << order; i++) {
		EXPECT_EQ(page_to_pfn(page + i), pfn + i);
		EXPECT_EQ(page_zone(page + i), page_zone(page));
		EXPECT_FALSE(PageBuddy(page + i) || PageReserved(page + i) || PageSlab(page + i));
		EXPECT_EQ(page_ref_count(page + i), i == 0);
	}
}

TEST("S120 S121 S123 alloc_pages() gives 2^order pages in one piece, __free_pages() takes them "
     "back")
{
	free_state_begin();
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		const unsigned long free = nr_free_pages();
		struct page *page = alloc_pages(GFP_KERNEL, order);

		ASSERT_NE(page, NULL);
		EXPECT_EQ(nr_free_pages(), free - (1UL << order));
		expect_block(page, order);
		__free_pages(page, order);
		EXPECT_EQ(nr_free_pages(), free);
		EXPECT_EQ(page_ref_count(page), 0);
	}
	free_state_end();
}

TEST("S122 S124 alloc_page() and __free_page() are one page; two owners never share one")
{
	struct page *pages[100];

	free_state_begin();
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		ASSERT_NE(pages[i], NULL);
		expect_block(pages[i], 0);
		for (size_t j = 0; j < i; j++)
			EXPECT_NE(pages[i], pages[j]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		__free_page(pages[i]);
	free_state_end();
}

TEST("S125 a page of highmem has no address to return: __get_free_pages(__GFP_HIGHMEM) warns, "
     "gives 0")
{
	free_state_begin();
	log_watch_begin();
	EXPECT_EQ(__get_free_pages(GFP_HIGHUSER, 0), 0);
	EXPECT_EQ(log_seen("WARNING: "), 1);
	EXPECT_EQ(get_zeroed_page(GFP_KERNEL | __GFP_HIGHMEM), 0);
	EXPECT_EQ(log_seen("WARNING: "), 2);
	EXPECT_GE(log_seen("__get_free_pages"), 2);
	log_watch_end();
	free_state_end();
}

TEST("S125 W21 contiguity is not the reason: a block of highmem is contiguous, it only has no "
     "address")
{
	struct page *page;

	if (!populated_zone(&zones[ZONE_HIGHMEM]))
		SKIP("this machine has no highmem");
	free_state_begin();
	page = alloc_pages(GFP_HIGHUSER, 6);
	ASSERT_NE(page, NULL);
	EXPECT_TRUE(PageHighMem(page));
	expect_block(page, 6);
	for (int i = 0; i < 64; i++)
		EXPECT_EQ(page_address(page + i), NULL);
	__free_pages(page, 6);
	free_state_end();
}

TEST("S126 S129 __get_free_pages() gives the linear address, free_pages() takes it; 0 is fine")
{
	free_state_begin();
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		unsigned long addr = __get_free_pages(GFP_KERNEL, order);

		ASSERT_NE(addr, 0);
		EXPECT_TRUE(IS_ALIGNED(addr, PAGE_SIZE << order));
		EXPECT_TRUE(virt_addr_valid((void *)addr));
		expect_block(virt_to_page((void *)addr), order);
		*(u32 *)addr = 0x896;
		*(u32 *)(addr + (PAGE_SIZE << order) - 4) = 0x896;
		free_pages(addr, order);
	}
	free_pages(0, 0);
	free_pages(0, 5);
	free_page(0);
	free_state_end();
}

TEST("S127 S129 __get_free_page(), __get_dma_pages() and free_page()")
{
	unsigned long one, dma;

	free_state_begin();
	one = __get_free_page(GFP_KERNEL);
	dma = __get_dma_pages(GFP_KERNEL, 2);
	ASSERT_NE(one, 0);
	ASSERT_NE(dma, 0);
	expect_block(virt_to_page((void *)one), 0);
	expect_block(virt_to_page((void *)dma), 2);
	EXPECT_EQ(page_zonenum(virt_to_page((void *)dma)), ZONE_DMA);
	free_page(one);
	free_pages(dma, 2);
	free_state_end();
}

TEST("S134 S144 at most 1,024 pages, 4 MB, come in one piece: order 10 works, order 11 warns and "
     "fails")
{
	struct page *page;

	free_state_begin();
	page = alloc_pages(GFP_KERNEL, 10);
	ASSERT_NE(page, NULL);
	__free_pages(page, 10);
	EXPECT_EQ(PAGE_SIZE << 10, KMALLOC_MAX_SIZE);
	EXPECT_EQ(KMALLOC_SHIFT_MAX, MAX_ORDER + PAGE_SHIFT - 1); // with the old MAX_ORDER
	log_watch_begin();
	EXPECT_EQ(alloc_pages(GFP_KERNEL, 11), NULL);
	EXPECT_EQ(log_seen("WARNING: "), 1);
	EXPECT_EQ(__get_free_pages(GFP_KERNEL, 11), 0);
	EXPECT_EQ(log_seen("WARNING: "), 2);
	log_watch_end();
	free_state_end();
}

TEST("absurd orders fail, without a word where none is wanted")
{
	static const unsigned int orders[] = { 11, 16, 31, 32, 63, 64, 256, 0x80000000, ~0u };

	free_state_begin();
	log_watch_begin();
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		EXPECT_EQ(alloc_pages(GFP_KERNEL | __GFP_NOWARN, orders[i]), NULL);
	EXPECT_EQ(log_seen("WARNING: "), 0);
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		EXPECT_EQ(alloc_pages(GFP_KERNEL, orders[i]), NULL);
	EXPECT_EQ(log_seen("WARNING: "), ARRAY_SIZE(orders));
	log_watch_end();
	free_state_end();
}

TEST("S135 get_order() rounds a size up to a power of two of pages")
{
	EXPECT_EQ(get_order(1), 0);
	EXPECT_EQ(get_order(4095), 0);
	EXPECT_EQ(get_order(4096), 0);
	EXPECT_EQ(get_order(4097), 1);
	EXPECT_EQ(get_order(8192), 1);
	EXPECT_EQ(get_order(8193), 2);
	EXPECT_EQ(get_order(3 * 4096), 2);
	EXPECT_EQ(get_order(4 * SZ_1M), 10);
	EXPECT_EQ(get_order(4 * SZ_1M + 1), 11);
	EXPECT_EQ(get_order(0x80000000), 19);
	EXPECT_EQ(get_order(0x80000001), 20);
	EXPECT_EQ(get_order(~0UL), 20);
	EXPECT_EQ(get_order(0), 20); // no size: no order that works
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		EXPECT_EQ(get_order(PAGE_SIZE << order), order);
		EXPECT_EQ(get_order((PAGE_SIZE << order) + 1), order + 1);
	}
}

TEST("S136 S137 the machine's own lists: from one 4 MB block each order splits, and merges back")
{
	struct zone *zone = &zones[ZONE_NORMAL];
	unsigned long before[NR_PAGE_ORDERS];

	free_state_begin();
	pcp_stop();
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		unsigned int from = order;
		struct page *page;

		for (unsigned int i = 0; i < NR_PAGE_ORDERS; i++)
			before[i] = free_blocks(zone, i);
		while (from < MAX_PAGE_ORDER && before[from] == 0)
			from++;
		page = alloc_pages(GFP_KERNEL, order);
		ASSERT_NE(page, NULL);
		for (unsigned int i = 0; i < NR_PAGE_ORDERS; i++)
			EXPECT_EQ(free_blocks(zone, i),
				  before[i] + (i >= order && i < from) - (i == from));
		__free_pages(page, order);
		for (unsigned int i = 0; i < NR_PAGE_ORDERS; i++)
			EXPECT_EQ(free_blocks(zone, i), before[i]);
	}
	pcp_restart();
	free_state_end();
}
