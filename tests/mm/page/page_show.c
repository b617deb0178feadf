// SPDX-License-Identifier: MIT
// One page and one address, as a person looks at them: page PFN, owner ADDR.

#include <arch/layout.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <lib/format.h>
#include <mm/gfp.h>
#include <mm/page_debug.h>
#include <mm/slab.h>

#include "proc_text.h"

SUITE("page_show");

static pfn_t shown_pfn;

static void show_pfn(void (*line)(const char *, void *), void *arg)
{
	page_show(shown_pfn, line, arg);
}

static const char *read_page(pfn_t pfn)
{
	shown_pfn = pfn;
	return read_file(show_pfn);
}

TEST("W17 a page dump: _refcount is 1 when handed out and 0 when free, _mapcount starts at -1")
{
	struct page *page = alloc_pages(GFP_KERNEL, 4);

	ASSERT_NE(page, NULL);
	EXPECT_NE(strstr(read_page(page_to_pfn(page)), "_refcount 1, _mapcount -1"), NULL);
	EXPECT_NE(strstr(file_text, "handed out"), NULL);
	EXPECT_NE(strstr(read_page(page_to_pfn(page + 5)), "page 5 of the 2^4"), NULL);
	__free_pages(page, 4);
	EXPECT_NE(strstr(read_page(page_to_pfn(page)), "_refcount 0, _mapcount -1"), NULL);
	EXPECT_NE(strstr(file_text, "free"), NULL);
}

TEST("S103 a page dump decodes the flags: each has its word, and only those that are set")
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_NE(page, NULL);
	EXPECT_NE(strstr(read_page(page_to_pfn(page)), ": order 0\n"), NULL);
	SetPageDirty(page);
	EXPECT_NE(strstr(read_page(page_to_pfn(page)), ": dirty order 0\n"), NULL);
	SetPageUptodate(page);
	SetPageReferenced(page);
	EXPECT_TRUE(trylock_page(page));
	EXPECT_NE(strstr(read_page(page_to_pfn(page)),
			 ": locked referenced uptodate dirty order 0\n"),
		  NULL);
	unlock_page(page);
	EXPECT_EQ(strstr(read_page(page_to_pfn(page)), "locked"), NULL);
	__free_page(page);
}

TEST("a page dump names a slab's cache, a reserved page, and a frame without struct page")
{
	void *p = kmalloc(100, GFP_KERNEL);

	ASSERT_NE(p, NULL);
	EXPECT_NE(strstr(read_page(PFN_DOWN(virt_to_phys(p))), "of cache kmalloc-128"), NULL);
	kfree(p);
	EXPECT_NE(strstr(read_page(PFN_DOWN(__pa(_stext))), "reserved"), NULL);
	EXPECT_NE(strstr(read_page(max_pfn), "not RAM: above"), NULL);
	EXPECT_NE(strstr(read_page(~0UL), "not RAM: above"), NULL);
}

static unsigned long shown_va;

static void show_owner(void (*line)(const char *, void *), void *arg)
{
	owner_show(shown_va, line, arg);
}

static const char *read_owner(const void *va)
{
	shown_va = (unsigned long)va;
	return read_file(show_owner);
}

TEST("S118 debug builds remember who took a page and who took an object, in any part of it")
{
	unsigned long pages = __get_free_pages(GFP_KERNEL, 2);
	char *p = kmalloc(1000, GFP_KERNEL), object[60];

	ASSERT_TRUE(pages && p);
	if (CONFIG_DEBUG) {
		EXPECT_NE(strstr(read_owner((void *)(pages + 3 * PAGE_SIZE)), "block of 2^2"),
			  NULL);
		EXPECT_NE(strstr(file_text, "taken by"), NULL);
		snprintf(object, sizeof(object), "object %px of cache kmalloc-1k:", p);
		EXPECT_NE(strstr(read_owner(p + 999), object), NULL);
		EXPECT_NE(strstr(strstr(file_text, "of cache"), "taken by ktest_"), NULL);
	} else {
		EXPECT_NE(strstr(read_owner(p), "only debug builds"), NULL);
	}
	kfree(p);
	free_pages(pages, 2);
	EXPECT_NE(strstr(read_owner(NULL), CONFIG_DEBUG ? "no page of lowmem" : "debug"), NULL);
}
