// SPDX-License-Identifier: MIT
// For kernels that were started with failslab= or fail_page_alloc= (tests/boot/failnth.py): the suite
// does not run by itself.

#include <kernel/ktest.h>
#include <mm/gfp.h>
#include <mm/slab.h>

SUITE("_fault_inject");

#define SPACE_MAX 1000 // what the command line gives start-up

TEST("kmalloc fails for good when the space of failslab= is used up, pages do not")
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *p;

	for (int i = 0; i < SPACE_MAX && (p = kmalloc(32, GFP_KERNEL)) != NULL; i++)
		kfree(p);
	for (int i = 0; i < 10; i++)
		EXPECT_EQ(kmalloc(32, GFP_KERNEL), NULL);
	ASSERT_NE(page, NULL);
	__free_page(page);
}

TEST("alloc_page fails for good when the space of fail_page_alloc= is used up")
{
	struct page *page;

	for (int i = 0; i < SPACE_MAX && (page = alloc_page(GFP_KERNEL | __GFP_NOWARN)) != NULL;
	     i++)
		__free_page(page);
	for (int i = 0; i < 10; i++)
		EXPECT_EQ(alloc_page(GFP_KERNEL | __GFP_NOWARN), NULL);
}
