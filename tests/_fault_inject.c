// SPDX-License-Identifier: MIT
// For kernels that were started with failslab= or fail_page_alloc= (tests/boot/failnth.py): the suite
// does not run by itself.

#include <kernel/ktest.h>
#include <mm/gfp.h>
#include <mm/slab.h>

SUITE("_fault_inject");

TEST("kmalloc fails from the start, pages do not")
{
	struct page *page = alloc_page(GFP_KERNEL);

	for (int i = 0; i < 10; i++)
		EXPECT_EQ(kmalloc(32, GFP_KERNEL), NULL);
	ASSERT_NE(page, NULL);
	__free_page(page);
}

TEST("alloc_page fails from the start")
{
	for (int i = 0; i < 10; i++)
		EXPECT_EQ(alloc_page(GFP_KERNEL | __GFP_NOWARN), NULL);
}
