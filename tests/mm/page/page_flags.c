// SPDX-License-Identifier: MIT
// struct page: its flags and its counts, and what they say of the page.

#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <mm/slab.h>

#include "free_state.h"

SUITE("page_flags");

TEST("S102 what an owner writes into private, index and mapping is there until it frees the page")
{
	static int owner;
	struct page *page;

	free_state_begin();
	page = alloc_page(GFP_KERNEL);
	ASSERT_NE(page, NULL);
	page->private = 0x896;
	page->index = 42;
	page->mapping = &owner;
	INIT_LIST_HEAD(&page->lru);
	EXPECT_EQ(page->private, 0x896);
	EXPECT_EQ(page->index, 42);
	EXPECT_EQ(page->mapping, (void *)&owner);
	EXPECT_TRUE(list_empty(&page->lru));
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_EQ(page_zonenum(page), ZONE_NORMAL);
	page->mapping = NULL;
	__free_page(page);
	free_state_end();
}

TEST("S103 the flags say whose a page is: reserved, in the buddy's lists, a slab's, of a compound "
     "block")
{
	const struct page *kernel = virt_to_page(_stext), *slab;
	struct page *page;
	void *object;

	kfree(kmalloc(64, GFP_KERNEL)); // from here on the cache has a slab
	free_state_begin();
	EXPECT_TRUE(PageReserved(kernel));
	EXPECT_FALSE(PageBuddy(kernel) || PageSlab(kernel) || PageHead(kernel) || PageTail(kernel));
	page = alloc_pages(GFP_KERNEL | __GFP_COMP, 4);
	ASSERT_NE(page, NULL);
	EXPECT_TRUE(PageHead(page) && PageTail(page + 1) && PageTail(page + 15));
	EXPECT_FALSE(PageTail(page) || PageHead(page + 1) || PageReserved(page) || PageSlab(page));
	__free_pages(page, 4);
	EXPECT_FALSE(PageHead(page) || PageTail(page + 1) || PageTail(page + 15));
	object = kmalloc(64, GFP_KERNEL);
	ASSERT_NE(object, NULL);
	slab = virt_to_page(object);
	EXPECT_TRUE(PageSlab(slab));
	EXPECT_FALSE(PageReserved(slab) || PageBuddy(slab));
	kfree(object);
	free_state_end();
}

TEST("S103 dirty, referenced, up to date: each is set and cleared alone, and ends when the page is "
     "freed")
{
	struct page *page;
	u32 flags;

	free_state_begin();
	page = alloc_pages(GFP_KERNEL, 1);
	ASSERT_NE(page, NULL);
	flags = page->flags;
	EXPECT_FALSE(PageDirty(page) || PageReferenced(page) || PageUptodate(page));
	SetPageDirty(page);
	EXPECT_EQ(page->flags, flags | PG_dirty);
	SetPageReferenced(page);
	SetPageUptodate(page);
	EXPECT_TRUE(PageDirty(page) && PageReferenced(page) && PageUptodate(page));
	ClearPageDirty(page);
	EXPECT_EQ(page->flags, flags | PG_referenced | PG_uptodate);
	ClearPageReferenced(page);
	EXPECT_TRUE(!PageReferenced(page) && PageUptodate(page));
	ClearPageUptodate(page);
	EXPECT_EQ(page->flags, flags);
	SetPageDirty(page);
	SetPageReferenced(page);
	SetPageUptodate(page);
	__free_pages(page, 1);
	EXPECT_EQ(page->flags & (PG_dirty | PG_referenced | PG_uptodate), 0);
	free_state_end();
}

TEST("S103 a page's lock is taken once, until it is given back")
{
	struct page *page;

	free_state_begin();
	page = alloc_page(GFP_KERNEL);
	ASSERT_NE(page, NULL);
	EXPECT_FALSE(PageLocked(page));
	EXPECT_TRUE(trylock_page(page));
	EXPECT_TRUE(PageLocked(page));
	EXPECT_FALSE(trylock_page(page));
	EXPECT_FALSE(PageDirty(page) || PageReferenced(page) || PageUptodate(page));
	unlock_page(page);
	EXPECT_FALSE(PageLocked(page));
	EXPECT_TRUE(trylock_page(page));
	unlock_page(page);
	__free_page(page);
	free_state_end();
}

TEST("S103 a free block is marked with its order on its first page only")
{
	struct page *page;

	free_state_begin();
	page = alloc_pages(GFP_KERNEL, 5);
	ASSERT_NE(page, NULL);
	EXPECT_FALSE(PageBuddy(page));
	EXPECT_EQ(page_order(page), 5);
	__free_pages(page, 5);
	for (int order = 5; order <= MAX_PAGE_ORDER && !PageBuddy(page); order++)
		page = mem_map + ALIGN_DOWN(page - mem_map, 1L << order);
	EXPECT_TRUE(PageBuddy(page));
	EXPECT_GE(page_order(page), 5);
	for (unsigned long i = 1; i < 1UL << page_order(page); i++)
		ASSERT_TRUE(!PageBuddy(page + i));
	free_state_end();
}

TEST("S104 W17 a free page has 0 users, not -1; _mapcount is the field that starts at -1")
{
	struct page *page;

	free_state_begin();
	page = alloc_pages(GFP_KERNEL, 3);
	ASSERT_NE(page, NULL);
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_EQ(page->_mapcount, -1);
	EXPECT_EQ(page_mapcount(page), 0);
	for (int i = 1; i < 8; i++)
		EXPECT_EQ(page_ref_count(page + i), 0);
	__free_pages(page, 3);
	drain_all_pages();
	for (int i = 0; i < 8; i++) {
		EXPECT_EQ(page_ref_count(page + i), 0);
		EXPECT_EQ(page[i]._mapcount, -1);
		EXPECT_EQ(page_mapcount(page + i), 0);
	}
	free_state_end();
}

TEST("S104 S106 get_page() and put_page() count users; the last one frees the page")
{
	unsigned long free;
	struct page *page;

	free_state_begin();
	free = nr_free_pages();
	page = alloc_pages(GFP_KERNEL, 4);
	ASSERT_NE(page, NULL);
	get_page(page);
	get_page(page);
	EXPECT_EQ(page_ref_count(page), 3);
	EXPECT_EQ(page_count(page), 3);
	put_page(page);
	EXPECT_EQ(page_ref_count(page), 2);
	__free_pages(page, 4); // drops one, too
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_EQ(nr_free_pages(), free - 16);
	put_page(page);
	EXPECT_EQ(page_ref_count(page), 0);
	EXPECT_EQ(nr_free_pages(), free);
	free_state_end();
}

TEST("S117 SetPageReserved() and ClearPageReserved() mark one page, and nothing else of it")
{
	struct page *page;
	u32 flags;

	free_state_begin();
	page = alloc_pages(GFP_KERNEL, 1);
	ASSERT_NE(page, NULL);
	flags = page->flags;
	EXPECT_FALSE(PageReserved(page));
	SetPageReserved(page);
	EXPECT_TRUE(PageReserved(page));
	EXPECT_FALSE(PageReserved(page + 1));
	EXPECT_EQ(page->flags & ~PG_reserved, flags);
	EXPECT_EQ(page_ref_count(page), 1);
	ClearPageReserved(page);
	EXPECT_EQ(page->flags, flags);
	__free_pages(page, 1);
	free_state_end();
}
