// SPDX-License-Identifier: MIT
// gfp flags: what each of them promises of the memory, and asks of the caller.

#include <arch/cpu.h>
#include <kernel/context.h>
#include <kernel/ktest.h>
#include <mm/fixmap.h>

#include "free_state.h"
#include "log_watch.h"

SUITE("page_gfp");

// Bytes of memory at va that are not `value`.
static unsigned long count_other(const void *va, u8 value, size_t size)
{
	const u8 *p = va;
	unsigned long n = 0;

	for (size_t i = 0; i < size; i++)
		n += p[i] != value;
	return n;
}

TEST("S128 get_zeroed_page() is all zero, whatever its last owner wrote")
{
	unsigned long dirty, addr;

	free_state_begin();
	dirty = __get_free_page(GFP_KERNEL);
	ASSERT_NE(dirty, 0);
	memset((void *)dirty, 0xff, PAGE_SIZE);
	free_page(dirty);
	addr = get_zeroed_page(GFP_KERNEL);
	EXPECT_EQ(addr, dirty); // the page at hand
	ASSERT_NE(addr, 0);
	EXPECT_EQ(count_other((void *)addr, 0, PAGE_SIZE), 0);
	free_page(addr);
	free_state_end();
}

TEST("S128 __GFP_ZERO zeroes all pages of a block, of highmem too")
{
	const gfp_t gfp = populated_zone(&zones[ZONE_HIGHMEM]) ? GFP_HIGHUSER : GFP_KERNEL;
	struct page *page, *zeroed;

	free_state_begin();
	for (unsigned int order = 0; order < PCP_ORDERS; order++) {
		page = alloc_pages(gfp, order);
		ASSERT_NE(page, NULL);
		for (int i = 0; i < 1 << order; i++) {
			memset(set_fixmap(FIX_TEST, page_to_phys(page + i), PAGE_KERNEL), 0xff,
			       PAGE_SIZE);
			clear_fixmap(FIX_TEST);
		}
		__free_pages(page, order);
		zeroed = alloc_pages(gfp | __GFP_ZERO, order);
		ASSERT_NE(zeroed, NULL);
		EXPECT_EQ(zeroed, page); // the block at hand
		for (int i = 0; i < 1 << order; i++) {
			const void *va =
				set_fixmap(FIX_TEST, page_to_phys(zeroed + i), PAGE_KERNEL);

			EXPECT_EQ(count_other(va, 0, PAGE_SIZE), 0);
			clear_fixmap(FIX_TEST);
		}
		__free_pages(zeroed, order);
	}
	free_state_end();
}

// The index of a block whose end is the start of another; -1: none.
static int find_neighbour(unsigned long blocks[], int n, unsigned long size, int *next)
{
	for (int i = 0; i < n; i++)
		for (*next = 0; *next < n; (*next)++)
			if (blocks[i] + size == blocks[*next])
				return i;
	return -1;
}

TEST("__GFP_ZERO zeroes nothing behind the block")
{
	const unsigned long size = PAGE_SIZE << 2;
	unsigned long blocks[32], zeroed;
	int i, next;

	free_state_begin();
	for (i = 0; i < 32; i++) {
		blocks[i] = __get_free_pages(GFP_KERNEL, 2);
		ASSERT_NE(blocks[i], 0);
		memset((void *)blocks[i], 0xee, size);
	}
	i = find_neighbour(blocks, 32, size, &next);
	ASSERT_TRUE(i >= 0);
	free_pages(blocks[i], 2);
	zeroed = __get_free_pages(GFP_KERNEL | __GFP_ZERO, 2);
	EXPECT_EQ(zeroed, blocks[i]);
	EXPECT_EQ(count_other((void *)zeroed, 0, size), 0);
	EXPECT_EQ(count_other((void *)blocks[next], 0xee, size), 0);
	for (i = 0; i < 32; i++)
		free_pages(blocks[i], 2);
	free_state_end();
}

TEST("S130 W28 GFP_USER gives the kernel's own memory, with a logical address, mapped nowhere else")
{
	struct page *page;

	free_state_begin();
	page = alloc_page(GFP_USER);
	ASSERT_NE(page, NULL);
	EXPECT_NE(page_address(page), NULL);
	EXPECT_GE((unsigned long)page_address(page), PAGE_OFFSET);
	EXPECT_EQ(page_mapcount(page), 0);
	EXPECT_EQ(GFP_USER & GFP_ZONEMASK, GFP_KERNEL & GFP_ZONEMASK);
	__free_page(page);
	free_state_end();
}

// Reports of a sleeping function, while interrupts are masked.
static __noinline unsigned long reports_masked(gfp_t gfp)
{
	const unsigned long before = might_sleep_reports;
	unsigned long flags = local_irq_save();
	struct page *page = alloc_page(gfp);

	local_irq_restore(flags);
	EXPECT_NE(page, NULL);
	if (page)
		__free_page(page);
	return might_sleep_reports - before;
}

TEST("S131 GFP_KERNEL where nobody may sleep is reported, with the caller, and served (debug "
     "builds)")
{
	const unsigned long before = might_sleep_reports;

	free_state_begin();
	log_watch_begin();
	EXPECT_EQ(reports_masked(GFP_KERNEL), CONFIG_DEBUG);
	EXPECT_EQ(log_seen("sleeping function called from invalid context"), CONFIG_DEBUG);
	if (CONFIG_DEBUG)
		EXPECT_EQ(log_seen("reports_masked"), 1);
	EXPECT_EQ(reports_masked(GFP_USER), CONFIG_DEBUG);
	EXPECT_EQ(reports_masked(GFP_HIGHUSER), CONFIG_DEBUG);
	EXPECT_EQ(might_sleep_reports, before + 3 * CONFIG_DEBUG);
	log_watch_end();
	free_state_end();
}

TEST("S131 S133 GFP_ATOMIC and GFP_NOWAIT may be used there; GFP_KERNEL elsewhere: no report")
{
	const unsigned long before = might_sleep_reports;
	struct page *page;

	free_state_begin();
	EXPECT_EQ(reports_masked(GFP_ATOMIC), 0);
	EXPECT_EQ(reports_masked(GFP_NOWAIT), 0);
	EXPECT_EQ(reports_masked(GFP_DMA), 0);
	page = alloc_page(GFP_KERNEL);
	ASSERT_NE(page, NULL);
	__free_page(page);
	EXPECT_EQ(might_sleep_reports, before);
	free_state_end();
}

TEST("S132 W20 highmem is asked for by __GFP_HIGHMEM, or by GFP_HIGHUSER and GFP_HIGHUSER_MOVABLE")
{
	static const gfp_t flags[] = { GFP_KERNEL | __GFP_HIGHMEM, GFP_HIGHUSER,
				       GFP_HIGHUSER_MOVABLE };

	free_state_begin();
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		struct page *page = alloc_page(flags[i]);

		ASSERT_NE(page, NULL);
		EXPECT_EQ(PageHighMem(page), populated_zone(&zones[ZONE_HIGHMEM]));
		__free_page(page);
	}
	free_state_end();
}

TEST("unknown gfp bits are reported in debug builds and change nothing")
{
	free_state_begin();
	log_watch_begin();
	for (int bit = 16; bit < 32; bit++) {
		struct page *page = alloc_pages(GFP_KERNEL | BIT(bit), 1);

		ASSERT_NE(page, NULL);
		EXPECT_EQ(page_order(page), 1);
		EXPECT_EQ(page_ref_count(page), 1);
		EXPECT_EQ(page_zonenum(page), ZONE_NORMAL);
		__free_pages(page, 1);
	}
	EXPECT_EQ(log_seen("WARNING: "), 16 * CONFIG_DEBUG);
	log_watch_end();
	free_state_end();
}

TEST("__GFP_COMP: every page knows its head, a user of any page holds the whole block")
{
	unsigned long free;
	struct page *page;

	free_state_begin();
	free = nr_free_pages();
	page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	ASSERT_NE(page, NULL);
	EXPECT_TRUE(PageHead(page));
	for (int i = 1; i < 8; i++)
		EXPECT_TRUE(PageTail(page + i) && page[i].head == page);
	get_page(page + 5);
	EXPECT_EQ(page_ref_count(page), 2);
	EXPECT_EQ(page_ref_count(page + 5), 0);
	EXPECT_EQ(page_count(page + 5), 2);
	__free_pages(page, 3);
	EXPECT_EQ(nr_free_pages(), free - 8);
	EXPECT_TRUE(PageHead(page) && PageTail(page + 7));
	put_page(page + 2);
	EXPECT_EQ(nr_free_pages(), free);
	for (int i = 0; i < 8; i++)
		EXPECT_FALSE(PageHead(page + i) || PageTail(page + i));
	free_state_end();
}

TEST("__GFP_COMP for one page is a page as any other; for 4 MB all 1,024 are marked and unmarked")
{
	unsigned long marked = 0, left = 0;
	struct page *page;

	free_state_begin();
	page = alloc_pages(GFP_KERNEL | __GFP_COMP, 0);
	ASSERT_NE(page, NULL);
	EXPECT_FALSE(PageHead(page) || PageTail(page));
	put_page(page);
	page = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO, MAX_PAGE_ORDER);
	ASSERT_NE(page, NULL);
	for (unsigned long i = 1; i < BLOCK_PAGES; i++)
		marked += PageTail(page + i) && page[i].head == page;
	EXPECT_EQ(marked, BLOCK_PAGES - 1);
	__free_pages(page, MAX_PAGE_ORDER);
	for (unsigned long i = 0; i < BLOCK_PAGES; i++)
		left += PageHead(page + i) || PageTail(page + i);
	EXPECT_EQ(left, 0);
	free_state_end();
}

TEST("__GFP_NOFAIL gives a page as long as there is one")
{
	struct page *page;

	free_state_begin();
	page = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 4);
	ASSERT_NE(page, NULL);
	EXPECT_EQ(page_order(page), 4);
	EXPECT_EQ(page_ref_count(page), 1);
	__free_pages(page, 4);
	free_state_end();
}
