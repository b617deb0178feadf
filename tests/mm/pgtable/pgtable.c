// SPDX-License-Identifier: MIT
// The page-table walker: what is mapped is found, what is unmapped is not.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/util.h>

#include "pt_pool.h"

SUITE("pgtable");

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
	const int used = pool_used();

	EXPECT_EQ(pt_map(root, 0xd0000001, 0, PAGE_SIZE, PAGE_KERNEL, alloc), -EINVAL);
	EXPECT_EQ(pt_map(root, 0xd0000000, 1, PAGE_SIZE, PAGE_KERNEL, alloc), -EINVAL);
	EXPECT_EQ(pt_map(root, 0xd0000000, 0, PAGE_SIZE - 1, PAGE_KERNEL, alloc), -EINVAL);
	EXPECT_EQ(pt_map(root, 0xd0000000, 0, 0, PAGE_KERNEL, alloc), -EINVAL);
	EXPECT_EQ(pt_map(root, 0xfffff000, 0, 2 * PAGE_SIZE, PAGE_KERNEL, alloc), -EINVAL);
	EXPECT_EQ(pt_map(root, 0xd0000000, BIT_ULL(PHYS_BITS) - PAGE_SIZE, 2 * PAGE_SIZE,
			 PAGE_KERNEL, alloc),
		  -EINVAL);
	EXPECT_EQ(pool_used(), used);
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

	pool_end();
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

static const char *rights(pgprot_t prot)
{
	static char text[16];

	pt_prot_string(prot, text);
	return text;
}

TEST("rights are letters: read, write, execute, user, global, and d for registers or w for "
     "write-combining")
{
	EXPECT_STREQ(rights(PT_WRITE | PT_GLOBAL), "rw--g-");
	EXPECT_STREQ(rights(PT_EXEC | PT_USER), "r-xu--");
	EXPECT_STREQ(rights(PT_WRITE | PT_DEVICE), "rw---d");
	EXPECT_STREQ(rights(PT_WRITE | PT_GLOBAL | PT_WC), "rw--gw");
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

TEST("mappings are listed in runs: same rights, same page size, both addresses next to each other")
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
