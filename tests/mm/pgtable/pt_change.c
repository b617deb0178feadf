// SPDX-License-Identifier: MIT
// Changes of page tables: slots, new rights, large pages that split and merge, tables that go.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/util.h>
#include <mm/page.h>
#include <mm/tlb.h>

#include "pt_pool.h"

SUITE("pt_change");

TEST("of a single page, an entry is the address and what its rights alone give")
{
	static const pgprot_t prots[] = { PAGE_KERNEL, PAGE_KERNEL_ROX, PAGE_KERNEL_IO, PT_USER };

	for (size_t i = 0; i < ARRAY_SIZE(prots); i++)
		EXPECT_EQ(pte_mk_leaf(0x12345000, prots[i], LAST),
			  (pte_mk_leaf(0, prots[i], LAST) | 0x12345000));
}

TEST("the slot of a page is found or made, and there is none inside of a large page")
{
	pte_t *root = new_root();
	pte_t *slot;
	phys_addr_t pa;

	EXPECT_EQ(pt_slot(root, 0xd0001000, NULL), NULL);
	slot = pt_slot(root, 0xd0001000, alloc);
	ASSERT_TRUE(slot != NULL);
	EXPECT_FALSE(pte_present(*slot));
	EXPECT_EQ(pt_slot(root, 0xd0001000, NULL), slot);
	EXPECT_EQ(pt_slot(root, 0xd0002000, NULL), slot + 1);
	pte_set(slot, pte_mk_leaf(0x5000, PAGE_KERNEL, LAST));
	EXPECT_EQ(pt_query(root, 0xd0001004, &pa, NULL), LAST);
	EXPECT_EQ(pa, 0x5004);
	ASSERT_EQ(pt_map(root, 0xe0000000, 0, large(), PAGE_KERNEL, alloc), 0);
	EXPECT_EQ(pt_slot(root, 0xe0001000, alloc), NULL);
}

TEST("tables are made for each root entry of a range, for none beside it, and once")
{
	pte_t *root = new_root();
	const unsigned long span = pt_span(0);
	int used;

	ASSERT_EQ(pt_make_tables(root, span + 5, 3 * span - 1, alloc), 0);
	used = pool_used();
	for (unsigned long i = 0; i < 4; i++) {
		EXPECT_EQ(pte_present(root[i]), i == 1 || i == 2);
		EXPECT_FALSE(pte_leaf(root[i], 0));
	}
	EXPECT_EQ(pt_make_tables(root, span, 2 * span, alloc), 0);
	EXPECT_EQ(pool_used(), used);
	pool_end();
	EXPECT_EQ(pt_make_tables(root, 2 * span, 3 * span, alloc), -ENOMEM);
}

TEST("where a table stands, an aligned large range takes single pages and the table stays")
{
	pte_t *root = new_root();
	phys_addr_t pa;
	pte_t *slot = pt_slot(root, 0xd0000000, alloc);

	ASSERT_EQ(pt_map(root, 0xd0000000, 0x20000000, large(), PAGE_KERNEL, alloc), 0);
	EXPECT_EQ(pt_query(root, 0xd0000000 + large() - 1, &pa, NULL), LAST);
	EXPECT_EQ(pa, 0x20000000 + large() - 1);
	EXPECT_EQ(pt_slot(root, 0xd0000000, NULL), slot);
}

TEST("new rights for a part of a large page split it: each piece keeps its frame, the rest its "
     "rights")
{
	pte_t *root = new_root();
	const unsigned long va = 0xd0000000;
	phys_addr_t pa;
	pgprot_t prot;

	ASSERT_EQ(pt_map(root, va, 0x20000000, 2 * large(), PAGE_KERNEL, alloc), 0);
	ASSERT_EQ(pt_protect(root, va + PAGE_SIZE, PAGE_SIZE, PAGE_KERNEL_RO, alloc, NULL), 0);
	for (unsigned long at = 0; at < large(); at += PAGE_SIZE) {
		ASSERT_EQ(pt_query(root, va + at, &pa, &prot), LAST);
		ASSERT_EQ(pa, 0x20000000 + at);
		ASSERT_EQ(prot & PT_WRITE, at == PAGE_SIZE ? 0 : PT_WRITE);
	}
	EXPECT_EQ(pt_query(root, va + large(), NULL, NULL), LAST - 1);
}

TEST("new rights for whole large pages split none, and what is not mapped is skipped")
{
	pte_t *root = new_root();
	const unsigned long va = 0xd0000000;
	pgprot_t prot;

	ASSERT_EQ(pt_map(root, va + large(), 0, large(), PAGE_KERNEL, alloc), 0);
	ASSERT_EQ(pt_map(root, va + 3 * large(), 0, PAGE_SIZE, PAGE_KERNEL, alloc), 0);
	ASSERT_EQ(pt_protect(root, va, 4 * large(), PAGE_KERNEL_RO, alloc, NULL), 0);
	EXPECT_EQ(pt_query(root, va, NULL, NULL), -EFAULT);
	EXPECT_EQ(pt_query(root, va + large(), NULL, &prot), LAST - 1);
	EXPECT_FALSE(prot & PT_WRITE);
	EXPECT_EQ(pt_query(root, va + 3 * large(), NULL, &prot), LAST);
	EXPECT_FALSE(prot & PT_WRITE);
}

TEST("a split without memory for a table is -ENOMEM, and a bad range -EINVAL: nothing changes")
{
	pte_t *root = new_root();
	pgprot_t prot;

	ASSERT_EQ(pt_map(root, 0xd0000000, 0, large(), PAGE_KERNEL, alloc), 0);
	pool_end();
	EXPECT_EQ(pt_protect(root, 0xd0001000, PAGE_SIZE, 0, alloc, NULL), -ENOMEM);
	EXPECT_EQ(pt_protect(root, 0xd0000001, PAGE_SIZE, 0, alloc, NULL), -EINVAL);
	EXPECT_EQ(pt_protect(root, 0xd0000000, 0, 0, alloc, NULL), -EINVAL);
	EXPECT_EQ(pt_protect(root, 0xfffff000, 2 * PAGE_SIZE, 0, alloc, NULL), -EINVAL);
	EXPECT_EQ(pt_query(root, 0xd0001000, NULL, &prot), LAST - 1);
	EXPECT_TRUE(prot & PT_WRITE);
}

static int tables_freed;

static void count_free(phys_addr_t table, size_t size)
{
	EXPECT_EQ(size, pt_table_size(LAST));
	tables_freed++;
}

TEST("single pages that make up one block with the same rights become a large page again")
{
	pte_t *root = new_root();
	const unsigned long va = 0xd0000000;
	phys_addr_t pa;

	ASSERT_EQ(pt_map(root, va, 0x20000000, large(), PAGE_KERNEL, alloc), 0);
	tables_freed = 0;
	EXPECT_FALSE(pt_merge(root, va, count_free, NULL));
	ASSERT_EQ(pt_protect(root, va + PAGE_SIZE, PAGE_SIZE, PAGE_KERNEL_RO, alloc, NULL), 0);
	EXPECT_FALSE(pt_merge(root, va, count_free, NULL));
	ASSERT_EQ(pt_protect(root, va + PAGE_SIZE, PAGE_SIZE, PAGE_KERNEL, alloc, NULL), 0);
	EXPECT_EQ(tables_freed, 0);
	EXPECT_TRUE(pt_merge(root, va + 5 * PAGE_SIZE, count_free, NULL));
	EXPECT_EQ(tables_freed, 1);
	EXPECT_EQ(pt_query(root, va + large() - 1, &pa, NULL), LAST - 1);
	EXPECT_EQ(pa, 0x20000000 + large() - 1);
}

TEST("pages in order but on no border of a large page, or with one missing, stay single")
{
	pte_t *root = new_root();

	ASSERT_EQ(pt_map(root, 0xd0000000, 0x20001000, large(), PAGE_KERNEL, alloc), 0);
	EXPECT_FALSE(pt_merge(root, 0xd0000000, count_free, NULL));
	ASSERT_EQ(pt_map(root, 0xe0000000, 0x20000000, PAGE_SIZE, PAGE_KERNEL, alloc), 0);
	EXPECT_FALSE(pt_merge(root, 0xe0000000, count_free, NULL));
}

static unsigned long flushes_before;
static int freed_too_early;

// A table may go only after the TLB has forgotten the entry that led to it.
static void free_after_flush(phys_addr_t table, size_t size)
{
	tables_freed++;
	freed_too_early += tlb_counters.nr_tlb_local_flush_all == flushes_before;
	page_table_free(table, size);
}

TEST("S079 the TLB is flushed before a table is freed, also where many tables go at once")
{
	pte_t *root = new_root();
	struct tlb_gather gather;

	for (unsigned long i = 0; i < 20; i++) {
		ASSERT_EQ(pt_map(root, 0x10000000 + i * SZ_4M, 0x1000, PAGE_SIZE, PAGE_KERNEL,
				 page_table_alloc),
			  0);
		ASSERT_EQ(pt_unmap(root, 0x10000000 + i * SZ_4M, PAGE_SIZE, NULL), 0);
	}
	tables_freed = freed_too_early = 0;
	flushes_before = tlb_counters.nr_tlb_local_flush_all;
	tlb_gather_init(&gather);
	pt_free_tables(root, 0, TASK_SIZE - 1, free_after_flush, &gather);
	EXPECT_GE(tables_freed, 20);
	EXPECT_EQ(freed_too_early, 0);
	EXPECT_EQ(tlb_counters.nr_tlb_local_flush_all, flushes_before + (tables_freed + 15) / 16);
}

TEST("tables in which nothing is mapped are freed, the others and the root stay")
{
	pte_t *root = new_root();
	static const unsigned long at[] = { 0x00400000, 0x00c00000, 0x80000000 };

	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		ASSERT_EQ(pt_map(root, at[i], 0x1000, PAGE_SIZE, PAGE_KERNEL, alloc), 0);
	tables_freed = 0;
	EXPECT_EQ(pt_unmap(root, at[0], PAGE_SIZE, NULL), 0);
	pt_free_tables(root, 0, at[0] - 1, count_free, NULL);
	EXPECT_EQ(tables_freed, 0);
	pt_free_tables(root, 0, TASK_SIZE - 1, count_free, NULL);
	EXPECT_EQ(tables_freed, 1);
	EXPECT_EQ(pt_slot(root, at[0], NULL), NULL);
	EXPECT_EQ(pt_query(root, at[1], NULL, NULL), LAST);
	EXPECT_EQ(pt_unmap(root, at[1], PAGE_SIZE, NULL), 0);
	EXPECT_EQ(pt_unmap(root, at[2], PAGE_SIZE, NULL), 0);
	pt_free_tables(root, 0, ~0UL, count_free, NULL);
	// With three levels, those of the middle go as well.
	EXPECT_EQ(tables_freed, 3 + (PT_LEVELS - 2) * 2);
	for (unsigned long i = 0; i < BIT(pt_levels[0].bits); i++)
		ASSERT_EQ(root[i], 0);
}
