// SPDX-License-Identifier: MIT
// Roots of address spaces: what they share, what is their own, what a switch does.

#include <abi/errno.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <mm/addr.h>
#include <mm/gfp.h>
#include <mm/meminfo.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/tlb.h>
#include <mm/vmalloc.h>

#include "log_watch.h"

SUITE("pgd");

#define LAST       (PT_LEVELS - 1)
#define FIRST      pt_index(0, PAGE_OFFSET)
#define ROOT_SLOTS BIT(pt_levels[0].bits)

static pte_t *a, *b;

static bool make_roots(void)
{
	a = pgd_alloc();
	b = pgd_alloc();
	return a && b;
}

static void free_roots(void)
{
	pgd_load(kernel_root);
	pgd_free(a);
	pgd_free(b);
}

TEST("S011 a new root has the kernel's entries, each the same as in kernel_root, and none below")
{
	ASSERT_TRUE(make_roots());
	for (unsigned long i = 0; i < ROOT_SLOTS; i++)
		ASSERT_EQ(a[i], i < FIRST ? 0 : kernel_root[i]);
	EXPECT_TRUE(IS_ALIGNED((unsigned long)a, pt_table_size(0)));
	EXPECT_NE(a, b);
	free_roots();
}

static u32 read_word(const void *p)
{
	u32 word = ~0u;

	EXPECT_EQ(read_nofault((unsigned long)p, &word), 0);
	return word;
}

TEST("S217 a mapping made while one root is loaded is seen at once under any other, and so is its "
     "end")
{
	u32 *p, *q;

	ASSERT_TRUE(make_roots());
	pgd_load(a);
	p = vmalloc(2 * PAGE_SIZE);
	ASSERT_TRUE(p != NULL);
	p[0] = 0x896;
	pgd_load(b);
	EXPECT_EQ(read_word(p), 0x896);
	q = vmalloc(PAGE_SIZE);
	ASSERT_TRUE(q != NULL);
	q[0] = 0x1234;
	pgd_load(kernel_root);
	EXPECT_EQ(read_word(q), 0x1234);
	vfree(p);
	pgd_load(a);
	EXPECT_EQ(read_word(q), 0x1234);
	EXPECT_EQ(read_nofault((unsigned long)p, &(u32){ 0 }), -EFAULT);
	vfree(q);
	pgd_load(b);
	EXPECT_EQ(read_nofault((unsigned long)q, &(u32){ 0 }), -EFAULT);
	EXPECT_EQ(pgd_sync_kernel(), 0); // nothing had to be copied
	free_roots();
}

static phys_addr_t no_table(size_t size)
{
	return 0;
}

TEST("S217 the same where nothing was ever mapped: in the last page of an area of 64 MB")
{
	struct vm_struct *area = get_vm_area(64 * SZ_1M, VM_MAP);
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long va;

	ASSERT_TRUE(area && page && make_roots());
	va = (unsigned long)area->addr + 64 * SZ_1M - PAGE_SIZE;
	*(u32 *)page_to_virt(page) = 0x896;
	pgd_load(a);
	ASSERT_EQ(vm_slots_map(va, &page, 1, PAGE_KERNEL), 0);
	EXPECT_EQ(read_word((void *)va), 0x896);
	pgd_load(b);
	EXPECT_EQ(read_word((void *)va), 0x896);
	free_roots();
	EXPECT_EQ(read_word((void *)va), 0x896);
	free_vm_area(area);
	__free_page(page);
}

TEST("S217 no page behind lowmem lacks the table that all roots share: none has to be made later")
{
	for (u64 va = KASAN_SHADOW_END; va <= ~0UL; va += pt_span(0)) {
		const pte_t pte = kernel_root[pt_index(0, (unsigned long)va)];

		ASSERT_TRUE(pte_present(pte));
	}
	// A table is all that could be made, and here none can.
	EXPECT_EQ(pt_make_tables(kernel_root, KASAN_SHADOW_END, ~0UL, no_table), 0);
}

TEST("S059 S061 a switch loads the root, and is counted")
{
	const unsigned long before = pgd_counters.loads;

	ASSERT_TRUE(make_roots());
	EXPECT_TRUE(pgd_current() == kernel_root);
	pgd_load(a);
	EXPECT_EQ(pgd_current(), a);
	pgd_load(b);
	EXPECT_EQ(pgd_current(), b);
	pgd_load(kernel_root);
	EXPECT_EQ(pgd_counters.loads, before + 3);
	free_roots();
}

TEST("S011 S060 a switch flushes nothing of the kernel's: no flush is counted, and the table of "
     "lowmem is the same")
{
	struct pt_step of_kernel[PT_LEVELS], of_a[PT_LEVELS];
	struct tlb_counters before;
	int n;

	ASSERT_TRUE(make_roots());
	before = tlb_counters;
	for (int i = 0; i < 8; i++) {
		pgd_load(a);
		pgd_load(b);
	}
	EXPECT_EQ(tlb_counters.nr_tlb_local_flush_all, before.nr_tlb_local_flush_all);
	EXPECT_EQ(tlb_counters.nr_tlb_local_flush_one, before.nr_tlb_local_flush_one);
	n = pt_walk(kernel_root, (unsigned long)&before, of_kernel);
	ASSERT_EQ(pt_walk(a, (unsigned long)&before, of_a), n);
	EXPECT_EQ(memcmp(of_kernel, of_a, n * sizeof(of_a[0])), 0);
	free_roots();
}

TEST("S054 S056 a page of one root is none of the other's; its table costs memory, and goes with "
     "the root")
{
	const unsigned long at = 0x00400000;
	unsigned long bytes;

	ASSERT_TRUE(make_roots());
	bytes = pgd_table_bytes();
	ASSERT_EQ(pt_map(a, at, __pa(PAGE_OFFSET), PAGE_SIZE, 0, page_table_alloc), 0);
	EXPECT_GE(pgd_table_bytes(), bytes + pt_table_size(LAST));
	ASSERT_EQ(pt_map(a, at + PAGE_SIZE, __pa(PAGE_OFFSET), PAGE_SIZE, 0, page_table_alloc), 0);
	EXPECT_EQ(pt_query(a, at, NULL, NULL), LAST);
	EXPECT_EQ(pt_query(b, at, NULL, NULL), -EFAULT);
	EXPECT_EQ(pt_query(kernel_root, at, NULL, NULL), -EFAULT);
	ASSERT_EQ(pt_unmap(a, at, 2 * PAGE_SIZE, NULL), 0);
	free_roots();
	EXPECT_EQ(pgd_table_bytes(), bytes - 2 * pt_table_size(0));
}

TEST("S011 an entry of the kernel's half that changes in kernel_root reaches every root")
{
	pte_t *slot;
	pte_t pte;

	ASSERT_TRUE(make_roots());
	// This root is not loaded: nothing is translated by the entry meanwhile.
	slot = &a[FIRST];
	pte = *slot;
	pte_set(slot, 0);
	EXPECT_EQ(pgd_sync_kernel(), 1);
	EXPECT_EQ(*slot, pte);
	EXPECT_EQ(pgd_sync_kernel(), 0);
	free_roots();
}

TEST("freeing the loaded root, a foreign one or one twice is reported, with the caller, and does "
     "nothing")
{
	static pte_t foreign[4];
	const struct pgd_counters before = pgd_counters;

	ASSERT_TRUE(make_roots());
	pgd_load(a);
	log_watch_begin();
	pgd_free(a);
	pgd_free(foreign);
	pgd_load(kernel_root);
	pgd_free(b);
	pgd_free(b);
	pgd_free(kernel_root);
	log_watch_end();
	EXPECT_EQ(pgd_counters.mistakes, before.mistakes + 4);
	EXPECT_EQ(log_seen("BUG: pgd_free("), 4);
	EXPECT_EQ(log_seen(" by ktest_"), 4);
	pgd_free(NULL);
	pgd_free(a);
	EXPECT_EQ(pgd_counters.roots, before.roots);
	EXPECT_EQ(pgd_counters.mistakes, before.mistakes + 4);
}
