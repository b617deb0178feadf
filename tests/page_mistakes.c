// SPDX-License-Identifier: MIT
// Wrong frees: each is reported, with who does it now and (debug builds) who took and freed the page
// before, and harms nothing.

#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <mm/memblock.h>
#include <mm/page_owner.h>
#include <mm/slab.h>

#include "free_state.h"
#include "log_watch.h"

SUITE("page_mistakes");

static unsigned long mistakes_before;

static void begin(void)
{
	free_state_begin();
	log_watch_begin();
	mistakes_before = page_alloc_mistakes;
}

static void end(void)
{
	log_watch_end();
	free_state_end();
}

// That there were n reports since begin(), all of them in these words.
static void expect_mistakes(unsigned int n, const char *words)
{
	EXPECT_EQ(page_alloc_mistakes - mistakes_before, n);
	EXPECT_EQ(log_seen("BUG: "), n);
	EXPECT_EQ(log_seen(words), n);
}

// No tail calls: these functions are to be the callers.
static __noinline struct page *taker(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	barrier();
	return page;
}

static __noinline void first_freer(struct page *page, unsigned int order)
{
	__free_pages(page, order);
	barrier();
}

static __noinline void second_freer(struct page *page, unsigned int order)
{
	__free_pages(page, order);
	barrier();
}

TEST("S123 a double free is reported with every call site: who frees, who took, who freed before")
{
	struct page *page;

	begin();
	for (unsigned int order = 0; order < 6; order++) { // at hand, and in the lists
		page = taker(GFP_KERNEL, order);
		ASSERT_NE(page, NULL);
		first_freer(page, order);
		second_freer(page, order);
		EXPECT_EQ(page_alloc_mistakes, mistakes_before + order + 1);
		EXPECT_EQ(page_ref_count(page), 0);
	}
	expect_mistakes(6, "is free already (double free)");
	EXPECT_EQ(log_seen("by second_freer+"), 6);
	EXPECT_EQ(log_seen("last taken by taker+"), CONFIG_DEBUG * 6);
	EXPECT_EQ(log_seen("last freed by first_freer+"), CONFIG_DEBUG * 6);
	end();
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

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		ASSERT_EQ(bulk_taker(counts[i], pages), counts[i]);
		bulk_freer(pages, counts[i]);
		second_freer(pages[0], 0);
		second_freer(pages[counts[i] - 1], 0);
	}
	expect_mistakes(6, "is free already (double free)");
	EXPECT_EQ(log_seen("last taken by bulk_taker+"), CONFIG_DEBUG * 6);
	EXPECT_EQ(log_seen("last freed by bulk_freer+"), CONFIG_DEBUG * 6);
	end();
}

TEST("S123 a kfree() of whole pages that is refused is not remembered as one that freed them")
{
	struct page *page;
	u32 freed;
	void *p;

	if (!CONFIG_DEBUG)
		SKIP("release builds keep no owners");
	begin();
	p = kmalloc(5 * PAGE_SIZE, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	page = virt_to_page(p);
	freed = page_owners[page - mem_map].free_site;
	ASSERT_TRUE(trylock_page(page));
	kfree(p);
	expect_mistakes(1, "is locked");
	EXPECT_EQ(log_seen(") by ktest_"), 1);
	EXPECT_EQ(page_owners[page - mem_map].free_site, freed);
	unlock_page(page);
	kfree(p);
	EXPECT_NE(page_owners[page - mem_map].free_site, freed);
	end();
}

TEST("S129 the sites of __get_free_pages() and free_pages() are those of their callers")
{
	unsigned long addr;

	begin();
	addr = __get_free_pages(GFP_KERNEL, 1);
	ASSERT_NE(addr, 0);
	free_pages(addr, 1);
	free_pages(addr, 1);
	expect_mistakes(1, "is free already (double free)");
	EXPECT_EQ(log_seen("last taken by __get_free_pages"), 0);
	EXPECT_EQ(log_seen("last freed by free_pages"), 0);
	EXPECT_EQ(log_seen("by free_pages+"), 0);
	EXPECT_EQ(log_seen("last taken by ktest_"), CONFIG_DEBUG);
	EXPECT_EQ(log_seen("last freed by ktest_"), CONFIG_DEBUG);
	EXPECT_EQ(log_seen(") by ktest_"), 1);
	end();
}

TEST("S123 a double free is seen after the block has merged into a larger one, too")
{
	struct page *page;

	begin();
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		page = taker(GFP_KERNEL, order);
		ASSERT_NE(page, NULL);
		first_freer(page, order);
		drain_all_pages();
		second_freer(page, order);
		EXPECT_EQ(page_alloc_mistakes, mistakes_before + order + 1);
	}
	expect_mistakes(11, "is free already (double free)");
	end();
}

TEST("S123 a double free after somebody else took the page is the new owner's, when his order is "
     "other")
{
	struct page *page, *other;

	begin();
	pcp_stop();
	page = taker(GFP_KERNEL, 2);
	ASSERT_NE(page, NULL);
	first_freer(page, 2);
	other = taker(GFP_KERNEL, 1);
	EXPECT_NE(other, NULL);
	second_freer(page, 2);
	EXPECT_EQ(page_alloc_mistakes, mistakes_before + 1);
	EXPECT_EQ(page_ref_count(other), 1);
	__free_pages(other, 1);
	pcp_restart();
	end();
}

TEST("S123 a free with another order is reported, and the right one still works")
{
	static const unsigned int wrong[] = { 0,  1,  2,  4,  5,   9,   10,    11,
					      15, 16, 19, 32, 256, 259, 0x103, ~0u };
	struct page *page;

	begin();
	page = taker(GFP_KERNEL, 3);
	ASSERT_NE(page, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		second_freer(page, wrong[i]);
		EXPECT_EQ(page_ref_count(page), 1);
		EXPECT_EQ(page_order(page), 3);
	}
	expect_mistakes(ARRAY_SIZE(wrong), "was handed out with another order");
	EXPECT_EQ(log_seen("by second_freer+"), ARRAY_SIZE(wrong));
	EXPECT_EQ(log_seen("last taken by taker+"), CONFIG_DEBUG * ARRAY_SIZE(wrong));
	first_freer(page, 3);
	EXPECT_EQ(page_alloc_mistakes, mistakes_before + ARRAY_SIZE(wrong));
	end();
}

TEST("S123 a single page cannot be freed with an order whose bits would fall off the end")
{
	struct page *page;

	begin();
	page = taker(GFP_KERNEL, 0);
	ASSERT_NE(page, NULL);
	second_freer(page, 256);
	second_freer(page, 16);
	second_freer(page, 0x80000000);
	expect_mistakes(3, "was handed out with another order");
	first_freer(page, 0);
	end();
}

TEST("a free of a page inside a block is reported, whether the block knows its head or not")
{
	struct page *plain, *compound;

	begin();
	plain = taker(GFP_KERNEL, 3);
	ASSERT_NE(plain, NULL);
	for (int i = 1; i < 8; i++) {
		second_freer(plain + i, 0);
		second_freer(plain + i, page_order(plain + i));
	}
	expect_mistakes(14, "or no head of a block");
	first_freer(plain, 3);
	compound = taker(GFP_KERNEL | __GFP_COMP, 3);
	ASSERT_NE(compound, NULL);
	for (int i = 1; i < 8; i++)
		second_freer(compound + i, 0);
	EXPECT_EQ(page_alloc_mistakes - mistakes_before, 21);
	EXPECT_EQ(log_seen("lies inside of a larger block"), 7);
	EXPECT_EQ(page_ref_count(compound), 1);
	first_freer(compound, 3);
	EXPECT_EQ(page_alloc_mistakes - mistakes_before, 21);
	end();
}

TEST("a free of NULL or of what is no struct page is reported")
{
	static u32 no_page[16] __aligned(32);
	struct page *page;

	begin();
	second_freer(NULL, 0);
	expect_mistakes(1, "is NULL");
	page = taker(GFP_KERNEL, 0);
	ASSERT_NE(page, NULL);
	second_freer(mem_map - 1, 0);
	second_freer(pfn_to_page(max_pfn), 0);
	second_freer((struct page *)no_page, 0);
	second_freer((struct page *)~31UL, 0);
	second_freer((struct page *)32, 0);
	second_freer((struct page *)((char *)page + 4), 0);
	second_freer((struct page *)((char *)page - 16), 0);
	EXPECT_EQ(page_alloc_mistakes - mistakes_before, 8);
	EXPECT_EQ(log_seen("is no struct page"), 7);
	EXPECT_EQ(log_seen("by second_freer+"), 8);
	EXPECT_EQ(page_ref_count(page), 1);
	first_freer(page, 0);
	end();
}

// A frame whose struct page nobody has filled in yet; 0: none.
static pfn_t untouched_frame(void)
{
	for (pfn_t pfn = min_low_pfn; pfn < max_pfn; pfn += BLOCK_PAGES)
		if (!page_initialised(pfn))
			return pfn;
	return 0;
}

TEST("a wild free, of a page that was never handed out, is reported")
{
	const pfn_t pfn = untouched_frame();
	struct page *page = pfn_to_page(pfn), saved;

	if (pfn == 0)
		SKIP("every 4 MB block of this machine has been used");
	begin();
	saved = *page;
	memset(page, 0, sizeof(*page)); // what cold RAM holds
	second_freer(page, 0);
	expect_mistakes(1, "was never handed out (wild free)");
	EXPECT_EQ(log_seen("last taken by"), 0);
	*page = saved;
	end();
}

TEST("a free of reserved memory is reported: the kernel's pages, and the struct pages' own")
{
	struct page *kernel = virt_to_page(_stext), *page;

	begin();
	EXPECT_TRUE(PageReserved(kernel));
	second_freer(kernel, 0);
	expect_mistakes(1, "is reserved");
	free_page((unsigned long)_stext);
	expect_mistakes(2, "is reserved");
	EXPECT_EQ(page_ref_count(kernel), 0);
	EXPECT_TRUE(PageReserved(kernel));
	page = virt_to_page(mem_map);
	second_freer(page, 0);
	EXPECT_EQ(page_alloc_mistakes - mistakes_before, 3);
	page = taker(GFP_KERNEL, 1);
	ASSERT_NE(page, NULL);
	SetPageReserved(page);
	second_freer(page, 1);
	EXPECT_EQ(page_alloc_mistakes - mistakes_before, 4);
	ClearPageReserved(page);
	first_freer(page, 1);
	EXPECT_EQ(page_alloc_mistakes - mistakes_before, 4);
	end();
}

TEST("S103 a free of a locked page is reported, and the page stays; an unlock without a lock is "
     "reported")
{
	struct page *page;

	begin();
	page = taker(GFP_KERNEL, 0);
	ASSERT_NE(page, NULL);
	EXPECT_TRUE(trylock_page(page));
	second_freer(page, 0);
	expect_mistakes(1, "is locked");
	EXPECT_EQ(log_seen("by second_freer+"), 1);
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_TRUE(PageLocked(page));
	get_page(page);
	second_freer(page, 0); // not the last user: whoever has the lock may be another one
	expect_mistakes(1, "is locked");
	unlock_page(page);
	EXPECT_EQ(page_alloc_mistakes - mistakes_before, 1);
	unlock_page(page);
	EXPECT_EQ(page_alloc_mistakes - mistakes_before, 2);
	EXPECT_EQ(log_seen("the page is not locked"), 1);
	EXPECT_EQ(log_seen(") by ktest_"), 1);
	first_freer(page, 0);
	EXPECT_EQ(page_alloc_mistakes - mistakes_before, 2);
	end();
}

TEST("S103 flags of an owner on an inner page would outlive the block: debug builds report the "
     "free")
{
	struct page *page;

	if (!CONFIG_DEBUG)
		SKIP("release builds look at the first page only");
	begin();
	for (unsigned int order = 1; order <= MAX_PAGE_ORDER; order += 3) {
		page = taker(GFP_KERNEL, order);
		ASSERT_NE(page, NULL);
		SetPageDirty(page + (1UL << order) - 1);
		second_freer(page, order);
		EXPECT_EQ(page_ref_count(page), 1);
		ClearPageDirty(page + (1UL << order) - 1);
		first_freer(page, order);
	}
	expect_mistakes(4, "whose inner pages have flags of an owner");
	end();
}

TEST("a free of pages that a slab owns is reported, and its objects stay")
{
	struct page *head;
	char *object;

	kfree(kmalloc(64, GFP_KERNEL));
	begin();
	object = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(object, NULL);
	memset(object, 0x96, 64);
	head = virt_to_page(object)->head;
	second_freer(head, page_order(head));
	expect_mistakes(1, "belongs to a slab cache");
	free_pages((unsigned long)page_to_virt(head), page_order(head));
	expect_mistakes(2, "belongs to a slab cache");
	EXPECT_EQ(object[63] & 0xff, 0x96);
	kfree(object);
	end();
}

TEST("free_pages() of an address that is not in lowmem is reported; of 0 it is nothing")
{
	begin();
	free_pages(0, 0);
	expect_mistakes(0, "no address of lowmem");
	free_page(PAGE_SIZE);
	free_page(PAGE_OFFSET - PAGE_SIZE);
	free_pages(VMALLOC_START, 0);
	free_pages(LOWMEM_END, 10);
	free_pages(~0UL & PAGE_MASK, 0);
	expect_mistakes(5, "no address of lowmem");
	EXPECT_EQ(log_seen(") by ktest_"), 5);
	end();
}

TEST("a put_page() too many is reported as the double free that it is")
{
	struct page *page;

	begin();
	page = taker(GFP_KERNEL, 2);
	ASSERT_NE(page, NULL);
	get_page(page);
	put_page(page);
	put_page(page);
	expect_mistakes(0, "is free already");
	put_page(page);
	expect_mistakes(1, "is free already (double free)");
	EXPECT_EQ(log_seen(") by ktest_"), 1);
	EXPECT_EQ(log_seen("last freed by ktest_"), CONFIG_DEBUG);
	end();
}

TEST("a release of one of several users is no mistake, with __free_pages() either, and frees "
     "nothing")
{
	unsigned long free;
	struct page *page;

	begin();
	page = taker(GFP_KERNEL | __GFP_COMP, 2);
	ASSERT_NE(page, NULL);
	free = nr_free_pages();
	get_page(page);
	first_freer(page, 2);
	EXPECT_EQ(nr_free_pages(), free);
	first_freer(page, 2);
	EXPECT_EQ(nr_free_pages(), free + 4);
	expect_mistakes(0, "__free_pages");
	second_freer(page, 2);
	expect_mistakes(1, "is free already (double free)");
	EXPECT_EQ(log_seen("last freed by first_freer+"), CONFIG_DEBUG);
	end();
}
