// SPDX-License-Identifier: MIT
// What is told of a slot of the windows to highmem: what it shows or showed, and (debug builds) who mapped it.

#include <kernel/context.h>
#include <lib/format.h>
#include <mm/fixmap.h>

#include "high_pages.h"

SUITE("kmap_words");

static void count_line(const char *text, void *arg)
{
	*(int *)arg += strstr(text, "good_mapper+") != NULL || !CONFIG_DEBUG;
}

TEST("S219 a slot in words: the page it shows, its users, who mapped and unmapped it (debug "
     "builds)")
{
	char text[200], wanted[64];
	unsigned long va;
	int lines = 0;

	NEED_HIGHMEM();
	high_pages_begin(1);
	va = (unsigned long)good_mapper(pages[0]);
	snprintf(wanted, sizeof(wanted), "pkmap slot %lu: pfn %#lx", (va - PKMAP_BASE) / PAGE_SIZE,
		 page_to_pfn(pages[0]));
	ASSERT_TRUE(kmap_describe(va + 7, text, sizeof(text)));
	EXPECT_TRUE(strstr(text, wanted) == text);
	EXPECT_EQ(strstr(text, "mapped by good_mapper+") != NULL, CONFIG_DEBUG);
	EXPECT_EQ(strstr(text, "unmapped"), NULL);
	kmap_show(count_line, &lines);
	EXPECT_EQ(lines, 1);
	good_mapper(pages[0]);
	kmap_describe(va, text, sizeof(text));
	EXPECT_NE(strstr(text, ", 2 users"), NULL);
	kunmap(pages[0]);
	good_unmapper(pages[0]);
	for (int i = 0; i < 2; i++) { // whether it can still be seen or not
		snprintf(wanted, sizeof(wanted), "pkmap slot %lu: was pfn %#lx",
			 (va - PKMAP_BASE) / PAGE_SIZE, page_to_pfn(pages[0]));
		kmap_describe(va, text, sizeof(text));
		EXPECT_TRUE(strstr(text, wanted) == text);
		EXPECT_NE(strstr(text, ", unmapped"), NULL);
		EXPECT_EQ(strstr(text, ", unmapped by good_unmapper+") != NULL, CONFIG_DEBUG);
		kmap_flush();
	}
	kmap_show(count_line, &lines);
	EXPECT_EQ(lines, 1);
	EXPECT_FALSE(kmap_describe(PKMAP_BASE - 1, text, sizeof(text)));
	EXPECT_FALSE(kmap_describe(PKMAP_END, text, sizeof(text)));
	EXPECT_FALSE(kmap_describe(PAGE_OFFSET, text, sizeof(text)));
	high_pages_end(1);
}

TEST("a kmap_local slot in words: what it shows or showed, and who (debug builds)")
{
	char text[200], wanted[64];
	unsigned long va;

	NEED_HIGHMEM();
	high_pages_begin(1);
	va = (unsigned long)good_local_mapper(pages[0]);
	snprintf(wanted, sizeof(wanted), "kmap_local slot 0: pfn %#lx", page_to_pfn(pages[0]));
	ASSERT_TRUE(kmap_describe(va + 9, text, sizeof(text)));
	EXPECT_TRUE(strstr(text, wanted) == text);
	good_local_unmapper((void *)va);
	snprintf(wanted, sizeof(wanted), "was pfn %#lx, mapped by good_local_mapper+",
		 page_to_pfn(pages[0]));
	ASSERT_TRUE(kmap_describe(va + 9, text, sizeof(text)));
	EXPECT_EQ(strstr(text, wanted) != NULL, CONFIG_DEBUG);
	EXPECT_EQ(strstr(text, "unmapped by good_local_unmapper+") != NULL, CONFIG_DEBUG);
	EXPECT_EQ(strstr(text, "shows nothing") != NULL, !CONFIG_DEBUG);
	ASSERT_TRUE(kmap_describe(va - 1, text, sizeof(text)));
	EXPECT_STREQ(text, "guard page between kmap_local slots");
	EXPECT_FALSE(kmap_describe(fix_to_virt(FIX_TEST), text, sizeof(text)));
	high_pages_end(1);
}
