// SPDX-License-Identifier: MIT
// vmalloc: what is given, who may call it, and that it goes.

#include <kernel/context.h>
#include <kernel/ktest.h>
#include <mm/layout.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "log_watch.h"
#include "reachable.h"

SUITE("vmalloc");

// ---- What is given ------------------------------------------------------------------------------

TEST("S205 S206 vmalloc gives whole pages that can be written to their last byte; vfree(NULL) is "
     "fine")
{
	static const unsigned long sizes[] = { 1, 100, 4095, 4096, 4097, 10000, 65536, 1000000 };

	vfree(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const unsigned long whole = ALIGN(sizes[i], PAGE_SIZE);
		u8 *p = vmalloc(sizes[i]);

		ASSERT_NE(p, NULL);
		EXPECT_TRUE(IS_ALIGNED((unsigned long)p, PAGE_SIZE));
		EXPECT_TRUE(is_vmalloc_addr(p) && is_vmalloc_addr(p + whole - 1));
		memset(p, 0x89, whole);
		EXPECT_EQ(p[0] + p[whole - 1], 2 * 0x89);
		EXPECT_EQ(get_vm_area_size(find_vm_area(p)), whole);
		vfree(p);
	}
}

TEST("S206 vzalloc gives zeros, whoever had the frames before")
{
	unsigned int wrong = 0;
	u8 *p = vmalloc(5 * PAGE_SIZE);

	ASSERT_NE(p, NULL);
	memset(p, 0xff, 5 * PAGE_SIZE);
	vfree(p);
	p = vzalloc(5 * PAGE_SIZE);
	ASSERT_NE(p, NULL);
	for (unsigned long i = 0; i < 5 * PAGE_SIZE; i++)
		wrong += p[i] != 0;
	EXPECT_EQ(wrong, 0);
	vfree(p);
}

TEST("S210 the page behind an area is unmapped, and so is the one before; after vfree all of it is")
{
	u8 *a = vmalloc(PAGE_SIZE), *b = vmalloc(3 * PAGE_SIZE), *c = vmalloc(1);

	ASSERT_TRUE(a && b && c);
	EXPECT_TRUE(reachable(b) && reachable(b + 3 * PAGE_SIZE - 1));
	EXPECT_FALSE(reachable(b - 1) || reachable(b + 3 * PAGE_SIZE));
	EXPECT_FALSE(reachable(a - 1) || reachable(c + PAGE_SIZE));
	vfree(b);
	for (int i = -1; i <= 3; i++)
		EXPECT_FALSE(reachable(b + i * (long)PAGE_SIZE));
	EXPECT_TRUE(reachable(a) && reachable(c));
	vfree(a);
	vfree(c);
	EXPECT_FALSE(reachable(a) || reachable(c));
}

TEST("S210 S211 C12 vmalloc's addresses are 104 MB, 8 MB behind the end of lowmem")
{
	EXPECT_EQ(VMALLOC_START, KASAN_SHADOW_END + VMALLOC_OFFSET);
	EXPECT_EQ(VMALLOC_OFFSET, 8 * SZ_1M);
	EXPECT_EQ((VMALLOC_END - VMALLOC_START) / (1024 * 1024), 104);
	EXPECT_FALSE(is_vmalloc_addr((void *)(VMALLOC_START - 1)));
	EXPECT_TRUE(is_vmalloc_addr((void *)VMALLOC_START));
	EXPECT_TRUE(is_vmalloc_addr((void *)(VMALLOC_END - 1)));
	EXPECT_FALSE(is_vmalloc_addr((void *)VMALLOC_END));
}

TEST("S017 W65 a vmalloc address is a kernel virtual one: no linear map knows it, the page tables "
     "do")
{
	u8 *p = vmalloc(PAGE_SIZE), *logical = kmalloc(100, GFP_KERNEL);

	ASSERT_TRUE(p && logical);
	EXPECT_TRUE(is_vmalloc_addr(p));
	EXPECT_FALSE(virt_addr_valid(p));
	EXPECT_FALSE(is_vmalloc_addr(logical));
	EXPECT_TRUE(virt_addr_valid(logical));
	EXPECT_FALSE(virt_addr_valid((void *)PKMAP_BASE) || virt_addr_valid((void *)FIXADDR_START));
	vfree(p);
	kfree(logical);
}

TEST("S207 W31 C06 vmalloc_to_pfn() names each page's frame")
{
	u8 *p = vmalloc(4096 * 1234);
	unsigned int wrong = 0;

	ASSERT_NE(p, NULL);
	for (unsigned long i = 0; i < 1234; i++) {
		const struct page *page = vmalloc_to_page(p + i * PAGE_SIZE + 5);
		phys_addr_t pa = 0;

		wrong += pt_query(kernel_root, (unsigned long)p + i * PAGE_SIZE, &pa, NULL) < 0;
		wrong += !page || page_to_pfn(page) != PFN_DOWN(pa);
		wrong += vmalloc_to_pfn(p + i * PAGE_SIZE) != PFN_DOWN(pa);
		wrong += page != find_vm_area(p)->pages[i];
	}
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(vmalloc_to_page(p + 1234 * PAGE_SIZE), NULL); // the guard page
	EXPECT_EQ(vmalloc_to_pfn(p + 1234 * PAGE_SIZE), PFN_NONE);
	vfree(p);
}

TEST("S207 W31 virt_to_phys() of vmalloc's memory is refused")
{
	const unsigned long mistakes = addr_mistakes;
	u8 *p;

	if (!CONFIG_DEBUG)
		SKIP("release builds do not check addresses");
	p = vmalloc(100);
	ASSERT_NE(p, NULL);
	log_watch_begin();
	EXPECT_EQ(virt_to_phys(p), PHYS_ADDR_NONE);
	log_watch_end();
	EXPECT_EQ(addr_mistakes, mistakes + 1);
	EXPECT_EQ(log_seen("no linear address, but vmalloc"), 1);
	vfree(p);
}

TEST("S212 ksize(), kfree() and krealloc() of a vmalloc pointer are reported, and harm nothing")
{
	const unsigned long errors = slab_errors;
	u8 *p = vmalloc(100);

	ASSERT_NE(p, NULL);
	memset(p, 0x89, 100);
	log_watch_begin();
	EXPECT_EQ(ksize(p), 0);
	EXPECT_EQ(krealloc(p, 200, GFP_KERNEL), NULL);
	kfree(p);
	EXPECT_EQ(log_seen("no address that kmalloc gave"), 3);
	log_watch_end();
	EXPECT_EQ(slab_errors, errors + 3);
	EXPECT_EQ(p[99], 0x89);
	vfree(p);
}

// ---- Interrupts ---------------------------------------------------------------------------------

static void *shared;

static void alloc_in_interrupt(void)
{
	shared = vmalloc(PAGE_SIZE);
}

static void kmalloc_in_interrupt(void)
{
	shared = kmalloc(PAGE_SIZE, GFP_ATOMIC);
}

TEST("S195 S196 vmalloc in an interrupt is reported: it may sleep; kmalloc with GFP_ATOMIC may not")
{
	unsigned long reports = might_sleep_reports;

	if (!CONFIG_DEBUG)
		SKIP("might_sleep() is for debug builds");
	log_watch_begin();
	ktest_in_interrupt(alloc_in_interrupt);
	EXPECT_GT(might_sleep_reports, reports);
	EXPECT_GE(log_seen("sleeping function called from invalid context at mm/vmalloc/vmalloc.c"),
		  1);
	log_watch_end();
	vfree(shared);
	reports = might_sleep_reports;
	ktest_in_interrupt(kmalloc_in_interrupt);
	EXPECT_NE(shared, NULL);
	EXPECT_EQ(might_sleep_reports, reports);
	kfree(shared);
}

static void free_in_interrupt(void)
{
	vfree(shared);
}

TEST("S205 vfree in an interrupt is put off to the next call outside, and happens once")
{
	const unsigned long mistakes = vmalloc_mistakes;
	void *p;

	shared = vmalloc(3 * PAGE_SIZE);
	ASSERT_NE(shared, NULL);
	ktest_in_interrupt(free_in_interrupt);
	EXPECT_TRUE(reachable(shared));
	log_watch_begin();
	vfree(shared); // a second time: it goes already
	EXPECT_EQ(vmalloc_mistakes, mistakes + 1);
	EXPECT_EQ(log_seen("somebody gives it back already"), 1);
	log_watch_end();
	p = vmalloc(1);
	EXPECT_NE(p, NULL);
	EXPECT_FALSE(reachable((u8 *)shared + PAGE_SIZE));
	vfree(p);
	EXPECT_EQ(vmalloc_mistakes, mistakes + 1);
}
