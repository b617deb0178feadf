// SPDX-License-Identifier: MIT
// Linux's page-table levels, seen in ours: PGD, P4D, PUD, PMD and PTE are steps of the same walk, and a
// level that the format does not have is folded: its "table" is the entry above it.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <mm/addr.h>
#include <mm/page.h>
#include <mm/pgtable.h>

SUITE("pgtable_linux");

#define LAST (PT_LEVELS - 1)

static pte_t *table_under(const pte_t *entry, int level)
{
	return __va((unsigned long)pte_phys(*entry, level));
}

static pte_t *pgd_offset(pte_t *root, unsigned long va)
{
	return &root[pt_index(0, va)];
}

// 32-bit Linux has neither P4D nor PUD of its own, in any format.
static pte_t *p4d_offset(pte_t *pgd, unsigned long va)
{
	return pgd;
}

static pte_t *pud_offset(pte_t *p4d, unsigned long va)
{
	return p4d;
}

// The PMD is there with three levels and folded with two.
static pte_t *pmd_offset(pte_t *pud, unsigned long va)
{
	return PT_LEVELS == 3 ? &table_under(pud, 0)[pt_index(1, va)] : pud;
}

static pte_t *pte_offset_kernel(pte_t *pmd, unsigned long va)
{
	return &table_under(pmd, LAST - 1)[pt_index(LAST, va)];
}

static pte_t *pmd_of(unsigned long va)
{
	pte_t *pgd = pgd_offset(kernel_root, va);

	return pmd_offset(pud_offset(p4d_offset(pgd, va), va), va);
}

TEST("S057 W10 PGD, PMD and PTE are the levels of the walk, P4D and PUD are folded, the PMD as "
     "well in a format with two levels")
{
	const unsigned long va = (unsigned long)_stext;
	struct pt_step steps[PT_LEVELS];
	pte_t *pgd = pgd_offset(kernel_root, va);

	ASSERT_EQ(pt_walk(kernel_root, va, steps), PT_LEVELS);
	EXPECT_EQ(*pgd, steps[0].pte);
	EXPECT_EQ(pud_offset(p4d_offset(pgd, va), va), pgd);
	EXPECT_EQ(pmd_of(va) == pgd, PT_LEVELS == 2);
	EXPECT_EQ(*pmd_of(va), steps[LAST - 1].pte);
	EXPECT_EQ(*pte_offset_kernel(pmd_of(va), va), steps[LAST].pte);
	EXPECT_EQ(pte_offset_kernel(pmd_of(va), va), pt_slot(kernel_root, va, NULL));
}

TEST("S065 each level takes its own bits of the address, from the highest down; the offset is left")
{
	const unsigned long va = 0xdeadbeef;
	unsigned long again = va & ~PAGE_MASK;

	for (int level = 0; level < PT_LEVELS; level++)
		again |= pt_index(level, va) << pt_levels[level].shift;
	EXPECT_EQ(again, va);
}

TEST("S062 S066 a present entry gives the page frame number, and with the rights makes the entry "
     "again")
{
	const unsigned long va = (unsigned long)_stext;
	const pte_t pte = *pt_slot(kernel_root, va, NULL);

	EXPECT_TRUE(pte_present(pte));
	EXPECT_EQ(pte_pfn(pte), PFN_DOWN(__pa(va)));
	EXPECT_EQ(pfn_pte(pte_pfn(pte), PAGE_KERNEL_ROX), pte);
	EXPECT_FALSE(pte_write(pte));
	EXPECT_FALSE(pte_user(pte));
	EXPECT_TRUE(pte_exec(pte));
	EXPECT_TRUE(pte_write(pfn_pte(1, PT_USER | PT_WRITE)));
	EXPECT_TRUE(pte_user(pfn_pte(1, PT_USER | PT_WRITE)));
	EXPECT_EQ(pte_exec(pfn_pte(1, PAGE_KERNEL)), !pt_has_noexec);
	EXPECT_FALSE(pte_present(0));
}

TEST("S062 what the kernel maps counts as used, and where it may write as written: nobody has to "
     "note it")
{
	EXPECT_TRUE(pte_young(pfn_pte(1, PAGE_KERNEL)));
	EXPECT_TRUE(pte_dirty(pfn_pte(1, PAGE_KERNEL)));
	EXPECT_TRUE(pte_young(pfn_pte(1, PAGE_KERNEL_RO)));
}
