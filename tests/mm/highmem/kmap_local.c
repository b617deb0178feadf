// SPDX-License-Identifier: MIT
// kmap_local_page() and kmap_atomic(): a stack of addresses for pages of highmem.

#include <abi/errno.h>
#include <arch/trap.h>
#include <mm/fixmap.h>
#include <mm/pgtable.h>

#include "free_state.h"
#include "high_pages.h"

SUITE("kmap_local");

TEST("S220 kmap_local_page() of a lowmem page is page_address(), and kunmap_local() of it nothing")
{
	const unsigned long before = kmap_mistakes;
	struct page *page;

	free_state_begin();
	page = alloc_page(GFP_KERNEL);
	ASSERT_NE(page, NULL);
	EXPECT_EQ(kmap_local_page(page), page_address(page));
	EXPECT_EQ(kmap_atomic(page), page_address(page));
	EXPECT_EQ(kmap_local_depth(), 0);
	kunmap_local(page_address(page));
	kunmap_atomic(page_address(page));
	EXPECT_EQ(kmap_mistakes, before);
	__free_page(page);
	free_state_end();
}

TEST("S225 kmap_local_page() shows a page of highmem in the fixmap; after kunmap_local() a use "
     "faults")
{
	unsigned long va;
	phys_addr_t pa;
	pgprot_t prot;
	u32 word;

	NEED_HIGHMEM();
	high_pages_begin(LOCAL_MOST);
	va = (unsigned long)kmap_local_page(pages[0]);
	EXPECT_GE(va, fix_to_virt(FIX_KMAP_END));
	EXPECT_LE(va, fix_to_virt(FIX_KMAP_BEGIN));
	EXPECT_EQ(pt_query(kernel_root, va, &pa, &prot), PT_LEVELS - 1);
	EXPECT_EQ(pa, page_to_phys(pages[0]));
	EXPECT_EQ(prot, PAGE_KERNEL | (pt_has_noexec ? 0 : PT_EXEC));
	EXPECT_EQ(write_nofault(va, 0x896), 0);
	EXPECT_EQ(*(u32 *)set_fixmap(FIX_TEST, pa, PAGE_KERNEL), 0x896);
	clear_fixmap(FIX_TEST);
	EXPECT_EQ(kmap_to_page((void *)va), pages[0]);
	EXPECT_EQ(page_address(pages[0]), NULL); // only kmap() gives a page an address
	kunmap_local((void *)va);
	EXPECT_EQ(read_nofault(va, &word), -EFAULT);
	EXPECT_EQ(pt_query(kernel_root, va, NULL, NULL), -EFAULT);
	EXPECT_EQ(kmap_to_page((void *)va), NULL);
	high_pages_end(LOCAL_MOST);
}

TEST("S225 sixteen pages are a stack: each has its address, the last one goes first")
{
	u32 *va[LOCAL_MOST];

	NEED_HIGHMEM();
	high_pages_begin(LOCAL_MOST);
	EXPECT_EQ(LOCAL_MOST, 16);
	for (int i = 0; i < LOCAL_MOST; i++) {
		va[i] = kmap_local_page(pages[i]);
		*va[i] = i;
		EXPECT_EQ(kmap_local_depth(), i + 1);
	}
	for (int i = 0; i < LOCAL_MOST; i++)
		EXPECT_EQ(READ_ONCE(*va[i]), i);
	for (int i = LOCAL_MOST - 1; i >= 0; i--) {
		kunmap_local(va[i] + 1023); // any address of the page will do
		EXPECT_EQ(kmap_local_depth(), i);
	}
	for (int i = 0; i < LOCAL_MOST; i++) {
		u32 *again = kmap_local_page(pages[i]);

		EXPECT_EQ(again, va[0]);
		EXPECT_EQ(READ_ONCE(*again), i);
		kunmap_local(again);
	}
	high_pages_end(LOCAL_MOST);
}

TEST("the pages beside a slot are not mapped: what runs over the end of a page faults (debug "
     "builds)")
{
	unsigned long va[2];
	u32 word;

	NEED_HIGHMEM();
	high_pages_begin(LOCAL_MOST);
	for (int i = 0; i < 2; i++)
		va[i] = (unsigned long)kmap_local_page(pages[i]);
	EXPECT_EQ(va[1] - va[0], KM_INCR * PAGE_SIZE);
	EXPECT_EQ(read_nofault(va[0] - 4, &word), -EFAULT);
	EXPECT_EQ(read_nofault(va[1] + PAGE_SIZE, &word), -EFAULT);
	EXPECT_EQ(read_nofault(va[0] + PAGE_SIZE, &word), CONFIG_DEBUG ? -EFAULT : 0);
	kunmap_local((void *)va[1]);
	kunmap_local((void *)va[0]);
	high_pages_end(LOCAL_MOST);
}

TEST("a page can be seen twice at once, and through kmap() too")
{
	u32 *a, *b, *c;

	NEED_HIGHMEM();
	high_pages_begin(LOCAL_MOST);
	a = kmap_local_page(pages[0]);
	b = kmap_local_page(pages[0]);
	c = kmap(pages[0]);
	EXPECT_TRUE(a != b && b != c && a != c);
	*a = 0x896;
	EXPECT_EQ(READ_ONCE(*b), 0x896);
	EXPECT_EQ(READ_ONCE(*c), 0x896);
	kunmap(pages[0]);
	kunmap_local(b);
	kunmap_local(a);
	kmap_flush();
	high_pages_end(LOCAL_MOST);
}

static u32 *first_in_interrupt;

static void map_in_interrupt(void)
{
	u32 *va[3];

	for (int i = 0; i < 3; i++) {
		va[i] = kmap_atomic(pages[4 + i]);
		*va[i] = 4 + i;
	}
	first_in_interrupt = va[0];
	for (int i = 2; i >= 0; i--) {
		EXPECT_EQ(READ_ONCE(*va[i]), 4 + i);
		kunmap_atomic(va[i]);
	}
}

TEST("W49 kmap_atomic() takes no slot's name: an interrupt's pages lie on top of those it "
     "interrupted")
{
	u32 *va[2];

	NEED_HIGHMEM();
	high_pages_begin(LOCAL_MOST);
	for (int i = 0; i < 2; i++) {
		va[i] = kmap_local_page(pages[i]);
		*va[i] = i;
	}
	ktest_in_interrupt(map_in_interrupt);
	EXPECT_EQ((unsigned long)first_in_interrupt - (unsigned long)va[1], KM_INCR * PAGE_SIZE);
	EXPECT_EQ(kmap_local_depth(), 2);
	for (int i = 1; i >= 0; i--) {
		EXPECT_EQ(READ_ONCE(*va[i]), i);
		kunmap_local(va[i]);
	}
	high_pages_end(LOCAL_MOST);
}
