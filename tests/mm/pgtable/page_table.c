// SPDX-License-Identifier: MIT
// Memory for page tables of all sizes: 32 bytes to 16 KB.

#include <kernel/ktest.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/page.h>

SUITE("page_table");

static bool is_zero(phys_addr_t pa, size_t size)
{
	const u8 *p = __va((unsigned long)pa);

	for (size_t i = 0; i < size; i++)
		if (p[i])
			return false;
	return true;
}

TEST("a table is zeroed and aligned to its size, also where one was freed that was in use")
{
	for (size_t size = 32; size <= 4 * PAGE_SIZE; size *= 2) {
		for (int round = 0; round < 2; round++) {
			const phys_addr_t pa = page_table_alloc(size);

			ASSERT_NE(pa, 0);
			EXPECT_TRUE(IS_ALIGNED(pa, size));
			EXPECT_TRUE(is_zero(pa, size));
			memset(__va((unsigned long)pa), 0xa5, size);
			page_table_free(pa, size);
		}
	}
}

TEST("tables smaller than a page share pages with those of their size, which are freed with the "
     "last")
{
	const unsigned long before = page_tables_taken;
	phys_addr_t small[9], other;

	for (int i = 0; i < 9; i++) {
		small[i] = page_table_alloc(SZ_1K);
		ASSERT_NE(small[i], 0);
		for (int j = 0; j < i; j++)
			EXPECT_NE(small[i], small[j]);
	}
	// Nine quarters are three pages; the first may have been there.
	EXPECT_LE(page_tables_taken - before, 3);
	EXPECT_GE(page_tables_taken - before, 2);
	other = page_table_alloc(2 * SZ_1K);
	for (int i = 0; i < 9; i++)
		EXPECT_NE(PFN_DOWN(other), PFN_DOWN(small[i]));
	page_table_free(other, 2 * SZ_1K);
	for (int i = 0; i < 9; i++)
		page_table_free(small[(i * 5) % 9], SZ_1K);
	EXPECT_EQ(page_tables_taken, before);
}

TEST("a table of a page is a page, one of 16 KB four")
{
	const unsigned long before = page_tables_taken;
	const phys_addr_t page = page_table_alloc(PAGE_SIZE),
			  root = page_table_alloc(4 * PAGE_SIZE);

	EXPECT_EQ(page_tables_taken - before, 5);
	page_table_free(page, PAGE_SIZE);
	page_table_free(root, 4 * PAGE_SIZE);
	EXPECT_EQ(page_tables_taken, before);
}
