// SPDX-License-Identifier: MIT
// Pages that are freed twice, once too often, or with a wrong order: each is reported, with who does it now and
// (debug builds) who took and freed the page before, and harms nothing.

#include <kernel/ktest.h>
#include <mm/page_debug.h>
#include <mm/slab.h>

#include "free_state.h"
#include "log_watch.h"
#include "page_mistake.h"

SUITE("page_mistakes");

TEST("S123 a double free is reported with every call site: who frees, who took, who freed before")
{
	struct page *page;

	page_mistakes_begin();
	for (unsigned int order = 0; order < 6; order++) { // at hand, and in the lists
		page = page_taker(GFP_KERNEL, order);
		ASSERT_NE(page, NULL);
		first_freer(page, order);
		second_freer(page, order);
		EXPECT_EQ(page_mistakes_made(), order + 1);
		EXPECT_EQ(page_ref_count(page), 0);
	}
	expect_page_mistakes(6, "is free already (double free)");
	EXPECT_EQ(log_seen("by second_freer+"), 6);
	EXPECT_EQ(log_seen("last taken by page_taker+"), CONFIG_DEBUG * 6);
	EXPECT_EQ(log_seen("last freed by first_freer+"), CONFIG_DEBUG * 6);
	page_mistakes_end();
}

static __noinline unsigned long bulk_taker(unsigned long count, struct page **pages)
{
	const unsigned long got = alloc_pages_bulk(GFP_KERNEL, count, pages);

	barrier();
	return got;
}

static __noinline void bulk_freer(struct page **pages, unsigned long count)
{
	free_pages_bulk(pages, count);
	barrier();
}

TEST("S123 the sites of pages that were taken and freed many at once are those of the callers, too")
{
	static const unsigned int counts[] = {
		1, 20, 100
	}; // by themselves, to the list at hand, as blocks
	static struct page *pages[100];

	page_mistakes_begin();
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		ASSERT_EQ(bulk_taker(counts[i], pages), counts[i]);
		bulk_freer(pages, counts[i]);
		second_freer(pages[0], 0);
		second_freer(pages[counts[i] - 1], 0);
	}
	expect_page_mistakes(6, "is free already (double free)");
	EXPECT_EQ(log_seen("last taken by bulk_taker+"), CONFIG_DEBUG * 6);
	EXPECT_EQ(log_seen("last freed by bulk_freer+"), CONFIG_DEBUG * 6);
	page_mistakes_end();
}

TEST("S123 a kfree() of whole pages that is refused is not remembered as one that freed them")
{
	struct page *page;
	u32 freed;
	void *p;

	if (!CONFIG_DEBUG)
		SKIP("release builds keep no owners");
	page_mistakes_begin();
	p = kmalloc(5 * PAGE_SIZE, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	page = virt_to_page(p);
	freed = page_owners[page - mem_map].free_site;
	ASSERT_TRUE(trylock_page(page));
	kfree(p);
	expect_page_mistakes(1, "is locked");
	EXPECT_EQ(log_seen(") by ktest_"), 1);
	EXPECT_EQ(page_owners[page - mem_map].free_site, freed);
	unlock_page(page);
	kfree(p);
	EXPECT_NE(page_owners[page - mem_map].free_site, freed);
	page_mistakes_end();
}

TEST("S129 the sites of __get_free_pages() and free_pages() are those of their callers")
{
	unsigned long addr;

	page_mistakes_begin();
	addr = __get_free_pages(GFP_KERNEL, 1);
	ASSERT_NE(addr, 0);
	free_pages(addr, 1);
	free_pages(addr, 1);
	expect_page_mistakes(1, "is free already (double free)");
	EXPECT_EQ(log_seen("last taken by __get_free_pages"), 0);
	EXPECT_EQ(log_seen("last freed by free_pages"), 0);
	EXPECT_EQ(log_seen("by free_pages+"), 0);
	EXPECT_EQ(log_seen("last taken by ktest_"), CONFIG_DEBUG);
	EXPECT_EQ(log_seen("last freed by ktest_"), CONFIG_DEBUG);
	EXPECT_EQ(log_seen(") by ktest_"), 1);
	page_mistakes_end();
}

TEST("S123 a double free is seen after the block has merged into a larger one, too")
{
	struct page *page;

	page_mistakes_begin();
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		page = page_taker(GFP_KERNEL, order);
		ASSERT_NE(page, NULL);
		first_freer(page, order);
		drain_all_pages();
		second_freer(page, order);
		EXPECT_EQ(page_mistakes_made(), order + 1);
	}
	expect_page_mistakes(11, "is free already (double free)");
	page_mistakes_end();
}

TEST("S123 a double free after somebody else took the page is the new owner's, when his order is "
     "other")
{
	struct page *page, *other;

	page_mistakes_begin();
	pcp_stop();
	page = page_taker(GFP_KERNEL, 2);
	ASSERT_NE(page, NULL);
	first_freer(page, 2);
	other = page_taker(GFP_KERNEL, 1);
	EXPECT_NE(other, NULL);
	second_freer(page, 2);
	EXPECT_EQ(page_mistakes_made(), 1);
	EXPECT_EQ(page_ref_count(other), 1);
	__free_pages(other, 1);
	pcp_restart();
	page_mistakes_end();
}

TEST("S123 a free with another order is reported, and the right one still works")
{
	static const unsigned int wrong[] = { 0,  1,  2,  4,  5,   9,   10,    11,
					      15, 16, 19, 32, 256, 259, 0x103, ~0u };
	struct page *page;

	page_mistakes_begin();
	page = page_taker(GFP_KERNEL, 3);
	ASSERT_NE(page, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		second_freer(page, wrong[i]);
		EXPECT_EQ(page_ref_count(page), 1);
		EXPECT_EQ(page_order(page), 3);
	}
	expect_page_mistakes(ARRAY_SIZE(wrong), "was handed out with another order");
	EXPECT_EQ(log_seen("by second_freer+"), ARRAY_SIZE(wrong));
	EXPECT_EQ(log_seen("last taken by page_taker+"), CONFIG_DEBUG * ARRAY_SIZE(wrong));
	first_freer(page, 3);
	EXPECT_EQ(page_mistakes_made(), ARRAY_SIZE(wrong));
	page_mistakes_end();
}

TEST("S123 a single page cannot be freed with an order whose bits would fall off the end")
{
	struct page *page;

	page_mistakes_begin();
	page = page_taker(GFP_KERNEL, 0);
	ASSERT_NE(page, NULL);
	second_freer(page, 256);
	second_freer(page, 16);
	second_freer(page, 0x80000000);
	expect_page_mistakes(3, "was handed out with another order");
	first_freer(page, 0);
	page_mistakes_end();
}

TEST("a put_page() too many is reported as the double free that it is")
{
	struct page *page;

	page_mistakes_begin();
	page = page_taker(GFP_KERNEL, 2);
	ASSERT_NE(page, NULL);
	get_page(page);
	put_page(page);
	put_page(page);
	expect_page_mistakes(0, "is free already");
	put_page(page);
	expect_page_mistakes(1, "is free already (double free)");
	EXPECT_EQ(log_seen(") by ktest_"), 1);
	EXPECT_EQ(log_seen("last freed by ktest_"), CONFIG_DEBUG);
	page_mistakes_end();
}

TEST("a release of one of several users is no mistake, with __free_pages() either, and frees "
     "nothing")
{
	unsigned long free;
	struct page *page;

	page_mistakes_begin();
	page = page_taker(GFP_KERNEL | __GFP_COMP, 2);
	ASSERT_NE(page, NULL);
	free = nr_free_pages();
	get_page(page);
	first_freer(page, 2);
	EXPECT_EQ(nr_free_pages(), free);
	first_freer(page, 2);
	EXPECT_EQ(nr_free_pages(), free + 4);
	expect_page_mistakes(0, "__free_pages");
	second_freer(page, 2);
	expect_page_mistakes(1, "is free already (double free)");
	EXPECT_EQ(log_seen("last freed by first_freer+"), CONFIG_DEBUG);
	page_mistakes_end();
}
