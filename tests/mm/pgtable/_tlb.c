// SPDX-License-Identifier: MIT
// A use between the change of an entry and its flush, for the oops that explains it (tests/boot/tlb.py).

#include <kernel/ktest.h>
#include <mm/gfp.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>
#include <mm/vmalloc.h>

SUITE("_tlb");

// A page mapped in the vmalloc range, whose first word is 0x896; NULL: no memory. The test ends in an
// oops, so nobody gives it back.
static u32 *mapped_word(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 *p = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : NULL;

	if (p)
		*p = 0x896;
	return p;
}

static __noinline void forgetful_unmap(unsigned long va, struct tlb_gather *g)
{
	tlb_gather_init(g);
	EXPECT_EQ(pt_unmap(kernel_root, va, PAGE_SIZE, g), 0);
}

static __noinline u32 early_reader(const volatile u32 *p)
{
	return *p;
}

TEST("reads a page between its unmapping and the flush")
{
	struct tlb_gather g;
	u32 *p = mapped_word();

	ASSERT_TRUE(p != NULL);
	forgetful_unmap((unsigned long)p, &g);
	EXPECT_EQ(early_reader(p), 0x896);
	tlb_gather_flush(&g);
}

static __noinline void forgetful_protect(unsigned long va, struct tlb_gather *g)
{
	tlb_gather_init(g);
	EXPECT_EQ(pt_protect(kernel_root, va, PAGE_SIZE, PAGE_KERNEL_RO, NULL, g), 0);
}

static __noinline void early_writer(volatile u32 *p)
{
	*p = 1;
}

TEST("writes to a page between its protection and the flush")
{
	struct tlb_gather g;
	u32 *p = mapped_word();

	ASSERT_TRUE(p != NULL);
	forgetful_protect((unsigned long)p, &g);
	early_writer(p);
	tlb_gather_flush(&g);
}
