// SPDX-License-Identifier: MIT
// Frees of what is nobody's to free: the inside of a block, no page at all, reserved, locked or a slab's. Each is
// reported, and harms nothing.

#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <mm/memblock.h>
#include <mm/slab.h>

#include "log_watch.h"
#include "page_mistake.h"

SUITE("page_wild");

TEST("a free of a page inside a block is reported, whether the block knows its head or not")
{
	struct page *plain, *compound;

	page_mistakes_begin();
	plain = page_taker(GFP_KERNEL, 3);
	ASSERT_NE(plain, NULL);
	for (int i = 1; i < 8; i++) {
		second_freer(plain + i, 0);
		second_freer(plain + i, page_order(plain + i));
	}
	expect_page_mistakes(14, "or no head of a block");
	first_freer(plain, 3);
	compound = page_taker(GFP_KERNEL | __GFP_COMP, 3);
	ASSERT_NE(compound, NULL);
	for (int i = 1; i < 8; i++)
		second_freer(compound + i, 0);
	EXPECT_EQ(page_mistakes_made(), 21);
	EXPECT_EQ(log_seen("lies inside of a larger block"), 7);
	EXPECT_EQ(page_ref_count(compound), 1);
	first_freer(compound, 3);
	EXPECT_EQ(page_mistakes_made(), 21);
	page_mistakes_end();
}

TEST("a free of NULL or of what is no struct page is reported")
{
	static u32 no_page[16] __aligned(32);
	struct page *page;

	page_mistakes_begin();
	second_freer(NULL, 0);
	expect_page_mistakes(1, "is NULL");
	page = page_taker(GFP_KERNEL, 0);
	ASSERT_NE(page, NULL);
	second_freer(mem_map - 1, 0);
	second_freer(pfn_to_page(max_pfn), 0);
	second_freer((struct page *)no_page, 0);
	second_freer((struct page *)~31UL, 0);
	second_freer((struct page *)32, 0);
	second_freer((struct page *)((char *)page + 4), 0);
	second_freer((struct page *)((char *)page - 16), 0);
	EXPECT_EQ(page_mistakes_made(), 8);
	EXPECT_EQ(log_seen("is no struct page"), 7);
	EXPECT_EQ(log_seen("by second_freer+"), 8);
	EXPECT_EQ(page_ref_count(page), 1);
	first_freer(page, 0);
	page_mistakes_end();
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
	page_mistakes_begin();
	saved = *page;
	memset(page, 0, sizeof(*page)); // what cold RAM holds
	second_freer(page, 0);
	expect_page_mistakes(1, "was never handed out (wild free)");
	EXPECT_EQ(log_seen("last taken by"), 0);
	*page = saved;
	page_mistakes_end();
}

TEST("a free of reserved memory is reported: the kernel's pages, and the struct pages' own")
{
	struct page *kernel = virt_to_page(_stext), *page;

	page_mistakes_begin();
	EXPECT_TRUE(PageReserved(kernel));
	second_freer(kernel, 0);
	expect_page_mistakes(1, "is reserved");
	free_page((unsigned long)_stext);
	expect_page_mistakes(2, "is reserved");
	EXPECT_EQ(page_ref_count(kernel), 0);
	EXPECT_TRUE(PageReserved(kernel));
	page = virt_to_page(mem_map);
	second_freer(page, 0);
	EXPECT_EQ(page_mistakes_made(), 3);
	page = page_taker(GFP_KERNEL, 1);
	ASSERT_NE(page, NULL);
	SetPageReserved(page);
	second_freer(page, 1);
	EXPECT_EQ(page_mistakes_made(), 4);
	ClearPageReserved(page);
	first_freer(page, 1);
	EXPECT_EQ(page_mistakes_made(), 4);
	page_mistakes_end();
}

TEST("S103 a free of a locked page is reported, and the page stays; an unlock without a lock is "
     "reported")
{
	struct page *page;

	page_mistakes_begin();
	page = page_taker(GFP_KERNEL, 0);
	ASSERT_NE(page, NULL);
	EXPECT_TRUE(trylock_page(page));
	second_freer(page, 0);
	expect_page_mistakes(1, "is locked");
	EXPECT_EQ(log_seen("by second_freer+"), 1);
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_TRUE(PageLocked(page));
	get_page(page);
	second_freer(page, 0); // not the last user: whoever has the lock may be another one
	expect_page_mistakes(1, "is locked");
	unlock_page(page);
	EXPECT_EQ(page_mistakes_made(), 1);
	unlock_page(page);
	EXPECT_EQ(page_mistakes_made(), 2);
	EXPECT_EQ(log_seen("the page is not locked"), 1);
	EXPECT_EQ(log_seen(") by ktest_"), 1);
	first_freer(page, 0);
	EXPECT_EQ(page_mistakes_made(), 2);
	page_mistakes_end();
}

TEST("S103 flags of an owner on an inner page would outlive the block: debug builds report the "
     "free")
{
	struct page *page;

	if (!CONFIG_DEBUG)
		SKIP("release builds look at the first page only");
	page_mistakes_begin();
	for (unsigned int order = 1; order <= MAX_PAGE_ORDER; order += 3) {
		page = page_taker(GFP_KERNEL, order);
		ASSERT_NE(page, NULL);
		SetPageDirty(page + (1UL << order) - 1);
		second_freer(page, order);
		EXPECT_EQ(page_ref_count(page), 1);
		ClearPageDirty(page + (1UL << order) - 1);
		first_freer(page, order);
	}
	expect_page_mistakes(4, "whose inner pages have flags of an owner");
	page_mistakes_end();
}

TEST("a free of pages that a slab owns is reported, and its objects stay")
{
	struct page *head;
	char *object;

	kfree(kmalloc(64, GFP_KERNEL));
	page_mistakes_begin();
	object = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(object, NULL);
	memset(object, 0x96, 64);
	head = virt_to_page(object)->head;
	second_freer(head, page_order(head));
	expect_page_mistakes(1, "belongs to a slab cache");
	free_pages((unsigned long)page_to_virt(head), page_order(head));
	expect_page_mistakes(2, "belongs to a slab cache");
	EXPECT_EQ(object[63] & 0xff, 0x96);
	kfree(object);
	page_mistakes_end();
}

TEST("free_pages() of an address that is not in lowmem is reported; of 0 it is nothing")
{
	page_mistakes_begin();
	free_pages(0, 0);
	expect_page_mistakes(0, "no address of lowmem");
	free_page(PAGE_SIZE);
	free_page(PAGE_OFFSET - PAGE_SIZE);
	free_pages(VMALLOC_START, 0);
	free_pages(LOWMEM_END, 10);
	free_pages(~0UL & PAGE_MASK, 0);
	expect_page_mistakes(5, "no address of lowmem");
	EXPECT_EQ(log_seen(") by ktest_"), 5);
	page_mistakes_end();
}
