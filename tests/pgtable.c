// SPDX-License-Identifier: MIT
// The page-table walker, on tables of its own that no CPU looks at.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/page.h>
#include <mm/pgtable.h>

SUITE("pgtable");

#define LAST (PT_LEVELS - 1)

#define ROOT_MOST (4 * PAGE_SIZE) // bytes of the largest root

static struct {
	u8 pages[16][PAGE_SIZE] __aligned(ROOT_MOST);
	int used, most;
} pool;

// Whole pages, also for what is smaller; the root comes first.
static phys_addr_t alloc(size_t size)
{
	const int first = pool.used, pages = size > PAGE_SIZE ? (int)(size / PAGE_SIZE) : 1;

	if (first + pages > pool.most)
		return 0;
	pool.used += pages;
	return __pa(pool.pages[first]);
}

static pte_t *new_root(void)
{
	memset(&pool, 0, sizeof(pool));
	pool.most = ARRAY_SIZE(pool.pages);
	return __va((unsigned long)alloc(pt_table_size(0)));
}

// The size of the large page just above single pages.
static unsigned long large(void)
{
	return pt_span(LAST - 1);
}

TEST("S053 S063 the levels' bits and the page offset make up 32 bits")
{
	int bits = PAGE_SHIFT;

	for (int level = LAST; level >= 0; level--) {
		EXPECT_EQ(pt_levels[level].shift, bits);
		bits += pt_levels[level].bits;
	}
	EXPECT_EQ(bits, 32);
	EXPECT_TRUE(pt_levels[LAST].leaf);
}

TEST("an empty root maps nothing")
{
	pte_t *root = new_root();
	struct pt_step steps[PT_LEVELS];

	EXPECT_EQ(pt_query(root, 0, NULL, NULL), -EFAULT);
	EXPECT_EQ(pt_query(root, ~0UL, NULL, NULL), -EFAULT);
	EXPECT_EQ(pt_walk(root, 0x12345678, steps), 1);
	EXPECT_FALSE(pte_present(steps[0].pte));
}

TEST("S062 a page mapped is found with its address and rights, its neighbours are not")
{
	pte_t *root = new_root();
	const phys_addr_t pa = 0x12345000;
	phys_addr_t found;
	pgprot_t prot;

	ASSERT_EQ(pt_map(root, 0xd0001000, pa, PAGE_SIZE, PAGE_KERNEL, alloc), 0);
	EXPECT_EQ(pt_query(root, 0xd0001abc, &found, &prot), LAST);
	EXPECT_EQ(found, pa + 0xabc);
	EXPECT_EQ(prot & (PT_WRITE | PT_GLOBAL | PT_USER), PT_WRITE | PT_GLOBAL);
	EXPECT_EQ(pt_query(root, 0xd0000fff, NULL, NULL), -EFAULT);
	EXPECT_EQ(pt_query(root, 0xd0002000, NULL, NULL), -EFAULT);
}

TEST("every protection comes back as it was given, at every leaf level")
{
	static const pgprot_t prots[] = { PAGE_KERNEL,       PAGE_KERNEL_RO,
					  PAGE_KERNEL_ROX,   PAGE_KERNEL_IO,
					  PT_USER,           PT_USER | PT_WRITE,
					  PT_USER | PT_EXEC, PAGE_KERNEL | PT_WC };

	for (int level = 0; level < PT_LEVELS; level++) {
		if (!pt_levels[level].leaf)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(prots); i++) {
			pte_t pte = pte_mk_leaf(0, prots[i], level);
			pgprot_t expected = prots[i] | (pt_has_noexec ? 0 : PT_EXEC);

			EXPECT_TRUE(pte_present(pte));
			EXPECT_TRUE(pte_leaf(pte, level));
			EXPECT_EQ(pte_prot(pte, level), expected);
		}
	}
}

TEST("a physical address keeps all its bits in an entry")
{
	const u64 top = BIT_ULL(PHYS_BITS) - large();

	EXPECT_EQ((u64)pte_phys(pte_mk_leaf(top, PAGE_KERNEL, LAST), LAST), top);
	EXPECT_EQ((u64)pte_phys(pte_mk_leaf(top, PAGE_KERNEL, LAST - 1), LAST - 1), top);
	EXPECT_EQ((u64)pte_phys(pte_mk_table(0x12345000, 0, 0), 0), 0x12345000ULL);
}

TEST("S022 S067 C07 an aligned large range takes large pages, what sticks out takes single ones")
{
	pte_t *root = new_root();
	const unsigned long va = 0xd0000000 - PAGE_SIZE, pa = 0x20000000 - PAGE_SIZE;
	phys_addr_t found;

	ASSERT_EQ(pt_map(root, va, pa, large() + 2 * PAGE_SIZE, PAGE_KERNEL, alloc), 0);
	EXPECT_EQ(pt_query(root, va, NULL, NULL), LAST);
	EXPECT_EQ(pt_query(root, 0xd0000000, &found, NULL), LAST - 1);
	EXPECT_EQ(found, 0x20000000);
	EXPECT_EQ(pt_query(root, 0xd0000000 + large() - 1, &found, NULL), LAST - 1);
	EXPECT_EQ(found, 0x20000000 + large() - 1);
	EXPECT_EQ(pt_query(root, 0xd0000000 + large(), NULL, NULL), LAST);
	EXPECT_EQ(pt_query(root, 0xd0000000 + large() + PAGE_SIZE, NULL, NULL), -EFAULT);
}

TEST("addresses that are not aligned alike take single pages only")
{
	pte_t *root = new_root();

	ASSERT_EQ(pt_map(root, 0xd0000000, 0x20001000, large(), PAGE_KERNEL, alloc), 0);
	EXPECT_EQ(pt_query(root, 0xd0000000, NULL, NULL), LAST);
	EXPECT_EQ(pt_query(root, 0xd0000000 + large() - 1, NULL, NULL), LAST);
}

TEST("mapping what is mapped already is refused and changes nothing")
{
	pte_t *root = new_root();
	phys_addr_t found;

	ASSERT_EQ(pt_map(root, 0xd0000000, 0x20000000, large(), PAGE_KERNEL, alloc), 0);
	EXPECT_EQ(pt_map(root, 0xd0001000, 0x1000, PAGE_SIZE, PAGE_KERNEL, alloc), -EEXIST);
	EXPECT_EQ(pt_map(root, 0xd0000000, 0x20000000, large(), PAGE_KERNEL, alloc), -EEXIST);
	EXPECT_EQ(pt_query(root, 0xd0001000, &found, NULL), LAST - 1);
	EXPECT_EQ(found, 0x20001000);
}

TEST("bad ranges are refused: unaligned, empty, overflowing, beyond the format")
{
	pte_t *root = new_root();
	const int used = pool.used;

	EXPECT_EQ(pt_map(root, 0xd0000001, 0, PAGE_SIZE, PAGE_KERNEL, alloc), -EINVAL);
	EXPECT_EQ(pt_map(root, 0xd0000000, 1, PAGE_SIZE, PAGE_KERNEL, alloc), -EINVAL);
	EXPECT_EQ(pt_map(root, 0xd0000000, 0, PAGE_SIZE - 1, PAGE_KERNEL, alloc), -EINVAL);
	EXPECT_EQ(pt_map(root, 0xd0000000, 0, 0, PAGE_KERNEL, alloc), -EINVAL);
	EXPECT_EQ(pt_map(root, 0xfffff000, 0, 2 * PAGE_SIZE, PAGE_KERNEL, alloc), -EINVAL);
	EXPECT_EQ(pt_map(root, 0xd0000000, BIT_ULL(PHYS_BITS) - PAGE_SIZE, 2 * PAGE_SIZE,
			 PAGE_KERNEL, alloc),
		  -EINVAL);
	EXPECT_EQ(pool.used, used);
}

TEST("the last page of the address space can be mapped")
{
	pte_t *root = new_root();
	phys_addr_t found;

	ASSERT_EQ(pt_map(root, 0xfffff000, 0x5000, PAGE_SIZE, PAGE_KERNEL, alloc), 0);
	EXPECT_EQ(pt_query(root, 0xffffffff, &found, NULL), LAST);
	EXPECT_EQ(found, 0x5fff);
	EXPECT_EQ(pt_unmap(root, 0xfffff000, PAGE_SIZE, NULL), 0);
	EXPECT_EQ(pt_query(root, 0xffffffff, NULL, NULL), -EFAULT);
}

TEST("a table that cannot be had is -ENOMEM")
{
	pte_t *root = new_root();

	pool.most = pool.used;
	EXPECT_EQ(pt_map(root, 0xd0000000, 0, PAGE_SIZE, PAGE_KERNEL, alloc), -ENOMEM);
}

TEST("unmapping takes what was asked for and no more")
{
	pte_t *root = new_root();

	ASSERT_EQ(pt_map(root, 0xd0000000, 0, 4 * PAGE_SIZE, PAGE_KERNEL, alloc), 0);
	EXPECT_EQ(pt_unmap(root, 0xd0001000, 2 * PAGE_SIZE, NULL), 0);
	EXPECT_EQ(pt_query(root, 0xd0000000, NULL, NULL), LAST);
	EXPECT_EQ(pt_query(root, 0xd0001000, NULL, NULL), -EFAULT);
	EXPECT_EQ(pt_query(root, 0xd0002000, NULL, NULL), -EFAULT);
	EXPECT_EQ(pt_query(root, 0xd0003000, NULL, NULL), LAST);
}

TEST("unmapping a part of a large page is refused")
{
	pte_t *root = new_root();

	ASSERT_EQ(pt_map(root, 0xd0000000, 0, large(), PAGE_KERNEL, alloc), 0);
	EXPECT_EQ(pt_unmap(root, 0xd0000000, PAGE_SIZE, NULL), -EINVAL);
	EXPECT_EQ(pt_unmap(root, 0xd0001000, large() - PAGE_SIZE, NULL), -EINVAL);
	EXPECT_EQ(pt_query(root, 0xd0000000, NULL, NULL), LAST - 1);
	EXPECT_EQ(pt_unmap(root, 0xd0000000, large(), NULL), 0);
	EXPECT_EQ(pt_query(root, 0xd0000000, NULL, NULL), -EFAULT);
}

struct runs {
	int count;
	struct pt_run run[4];
};

static bool collect(const struct pt_run *run, void *arg)
{
	struct runs *runs = arg;

	if (runs->count < (int)ARRAY_SIZE(runs->run))
		runs->run[runs->count] = *run;
	runs->count++;
	return true;
}

TEST("S035 mappings are listed in runs: same rights, same page size, both addresses next to each "
     "other")
{
	pte_t *root = new_root();
	struct runs runs = { .count = 0 };

	ASSERT_EQ(pt_map(root, 0xd0000000, 0x1000, 2 * PAGE_SIZE, PAGE_KERNEL, alloc), 0);
	ASSERT_EQ(pt_map(root, 0xd0002000, 0x3000, PAGE_SIZE, PAGE_KERNEL_RO, alloc), 0);
	ASSERT_EQ(pt_map(root, 0xd0003000, 0x1000, PAGE_SIZE, PAGE_KERNEL_RO, alloc), 0);
	ASSERT_EQ(pt_map(root, 0xfffff000, 0x7000, PAGE_SIZE, PAGE_KERNEL, alloc), 0);
	pt_for_each_run(root, 0, ~0UL, collect, &runs);
	ASSERT_EQ(runs.count, 4);
	EXPECT_EQ(runs.run[0].size, 2 * PAGE_SIZE);
	EXPECT_EQ(runs.run[2].pa, 0x1000);
	EXPECT_EQ(runs.run[3].va, 0xfffff000);
	EXPECT_EQ(runs.run[3].size, PAGE_SIZE);
}

// ---- Changes ------------------------------------------------------------------------------------

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
	pool.most = pool.used;
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
