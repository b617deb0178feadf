// SPDX-License-Identifier: MIT
// The TLB of a real CPU (the host has one of its own, tests/host/tlb.c), switches between roots, and
// what may happen under the code that runs.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/fixmap.h>
#include <mm/gfp.h>
#include <mm/kernel_map.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>
#include <mm/set_memory.h>
#include <mm/tlb.h>

SUITE("arch_tlb");

#define LAST (PT_LEVELS - 1)

// Two frames, the first word of each its number.
static u32 frames[2][PAGE_SIZE / 4] __aligned(PAGE_SIZE);

static pte_t entry(int frame)
{
	return pte_mk_leaf(__pa(frames[frame]), PAGE_KERNEL, LAST);
}

TEST("S023 S034 S072 the CPU reads through the old entry until the flush, then through the new one")
{
	const unsigned long va = fix_to_virt(FIX_TEST);
	const volatile u32 *window = set_fixmap(FIX_TEST, __pa(frames[0]), PAGE_KERNEL);
	pte_t *slot = pt_slot(kernel_root, va, NULL);
	u32 first, stale, fresh;
	unsigned long flags;

	frames[0][0] = 0;
	frames[1][0] = 1;
	flags = local_irq_save();
	first = *window;
	pte_set(slot, entry(1));
	stale = *window;
	tlb_flush_page(va);
	fresh = *window;
	local_irq_restore(flags);
	clear_fixmap(FIX_TEST);
	EXPECT_EQ(first, 0);
	EXPECT_EQ(fresh, 1);
	if (stale == 1)
		SKIP("this CPU had forgotten the old entry by itself");
}

TEST("S072 a page that is unmapped and not flushed can still be read, after the flush it faults")
{
	const unsigned long va = fix_to_virt(FIX_TEST);
	const volatile u32 *window = set_fixmap(FIX_TEST, __pa(frames[1]), PAGE_KERNEL);
	pte_t *slot = pt_slot(kernel_root, va, NULL);
	u32 word = 0;
	int stale;

	frames[1][0] = 1;
	EXPECT_EQ(*window, 1);
	pte_set(slot, 0);
	stale = read_nofault(va, &word);
	tlb_flush_page(va);
	EXPECT_EQ(read_nofault(va, &word), -EFAULT);
	if (stale != 0)
		SKIP("this CPU had forgotten the old entry by itself");
	EXPECT_EQ(word, 1);
}

TEST("S076 after a flush the CPU finds the entry by itself: no fault, no handler")
{
	const unsigned long va = fix_to_virt(FIX_TEST);
	const volatile u32 *window = set_fixmap(FIX_TEST, __pa(frames[1]), PAGE_KERNEL);
	u32 word = 0;

	frames[1][0] = 0x896;
	for (int i = 0; i < 3; i++) {
		flush_tlb_all();
		EXPECT_EQ(*window, 0x896);
		EXPECT_EQ(read_nofault(va, &word), 0);
	}
	clear_fixmap(FIX_TEST);
}

TEST("S006 S054 S060 a switch of roots changes what user addresses show, and drops the other "
     "root's translations")
{
	const unsigned long at = 0x00400000;
	pte_t *a = pgd_alloc(), *b = pgd_alloc();
	pte_t *roots[] = { a, b };
	u32 word;

	ASSERT_TRUE(a && b);
	for (int i = 0; i < 2; i++) {
		frames[i][0] = i;
		// Not PT_USER: some CPUs keep the kernel off user pages.
		ASSERT_EQ(pt_map(roots[i], at, __pa(frames[i]), PAGE_SIZE, PT_WRITE,
				 page_table_alloc),
			  0);
	}
	for (int round = 0; round < 4; round++) {
		pgd_load(roots[round & 1]);
		EXPECT_EQ(read_nofault(at, &word), 0);
		EXPECT_EQ(word, round & 1);
	}
	pgd_load(kernel_root);
	EXPECT_EQ(read_nofault(at, &word), -EFAULT);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(pt_unmap(roots[i], at, PAGE_SIZE, NULL), 0);
		pgd_free(roots[i]);
	}
}

// ---- Large pages under the code that changes them -------------------------------------------------

static struct {
	unsigned long block;
	u32 seen;
	int err;
} on_stack;

static void split_own_page(void *arg)
{
	volatile u32 local = 0x896;

	on_stack.err = set_memory_ro(on_stack.block + 64 * PAGE_SIZE, 1);
	on_stack.seen = local;
}

static void merge_own_page(void *arg)
{
	volatile u32 local = 0x123;

	on_stack.err = set_memory_rw(on_stack.block + 64 * PAGE_SIZE, 1);
	on_stack.seen = local;
}

TEST("S067 the large page under the running stack is split and comes back, and the stack stays")
{
	unsigned long flags, top;

	on_stack.block = __get_free_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	ASSERT_TRUE(on_stack.block != 0);
	top = on_stack.block + 4 * PAGE_SIZE;
	EXPECT_EQ(pt_query(kernel_root, top, NULL, NULL), LAST - 1);
	flags = local_irq_save();
	call_on_stack(split_own_page, NULL, (void *)top);
	local_irq_restore(flags);
	EXPECT_EQ(on_stack.err, 0);
	EXPECT_EQ(on_stack.seen, 0x896);
	EXPECT_EQ(pt_query(kernel_root, top, NULL, NULL), LAST);
	flags = local_irq_save();
	call_on_stack(merge_own_page, NULL, (void *)top);
	local_irq_restore(flags);
	EXPECT_EQ(on_stack.err, 0);
	EXPECT_EQ(on_stack.seen, 0x123);
	EXPECT_EQ(pt_query(kernel_root, top, NULL, NULL), LAST - 1);
	free_pages(on_stack.block, MAX_PAGE_ORDER);
}
