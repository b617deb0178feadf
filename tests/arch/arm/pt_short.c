// SPDX-License-Identifier: MIT
// What only short descriptors have: one TTBR, domains, 1 MB sections, 1 KB tables, their bits and their
// fault status.

#include <arch/cpu.h>
#include <arch/pt.h>
#include <asm/fault.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <mm/addr.h>
#include <mm/page.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>

SUITE("arch_arm_short");

// ---- The MMU as it was set up ----------------------------------------------------------------------

TEST("S060 W08 TTBCR.N is 0: TTBR0 alone translates, for a split at 3 GB does not exist here")
{
	EXPECT_EQ(cp15_read(TTBCR), 0);
	EXPECT_EQ(cp15_read(TTBR0), (u32)__pa(kernel_root) | TTBR_WALK_WBWA);
	EXPECT_TRUE(IS_ALIGNED((unsigned long)kernel_root, 4096 * sizeof(pte_t)));
}

TEST("S059 S060 S061 W09 a switch writes TTBR0: the root's physical address, and how walks are "
     "cached; its root has the kernel's entries as well")
{
	pte_t *root = pgd_alloc();

	ASSERT_TRUE(root != NULL);
	pgd_load(root);
	EXPECT_EQ(cp15_read(TTBR0), (u32)__pa(root) | TTBR_WALK_WBWA);
	pgd_load(kernel_root);
	EXPECT_EQ(cp15_read(TTBR0), (u32)__pa(kernel_root) | TTBR_WALK_WBWA);
	pgd_free(root);
}

TEST("memory types stand in the entries, AP has three bits, domain 0 alone may be used, by its "
     "rights")
{
	const u32 tre = BIT(28), afe = BIT(29);

	EXPECT_EQ(cp15_read(SCTLR) & (tre | afe), 0);
	EXPECT_EQ(cp15_read(DACR), 1);
}

TEST("without a process nothing is mapped below PAGE_OFFSET")
{
	for (unsigned long va = 0; va < PAGE_OFFSET; va += pt_span(0))
		ASSERT_EQ(kernel_root[pt_index(0, va)], 0);
}

// ---- Entries ---------------------------------------------------------------------------------------

TEST("S054 the root has 4,096 entries for 1 MB, 16 KB; a second-level table 256 for 4 KB, 1 KB")
{
	EXPECT_EQ(PT_LEVELS, 2);
	EXPECT_EQ(sizeof(pte_t), 4);
	EXPECT_TRUE(pt_levels[0].leaf);
	EXPECT_EQ(pt_span(0), SZ_1M);
	EXPECT_EQ(pt_table_size(0), 16 * SZ_1K);
	EXPECT_EQ(pt_table_size(1), SZ_1K);
	EXPECT_STREQ(pt_levels[0].name, "level 1");
}

TEST("pages have the bits of the manual")
{
	// S, AP[0] and the type; TEX = 1, C, B: normal memory; then what each right adds.
	const pte_t page = 0x4000045e, ro = BIT(9), user = BIT(5), ng = BIT(11), xn = BIT(0);

	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_ROX, 1), page | ro);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_RO, 1), page | ro | xn);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL, 1), page | xn);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_IO, 1), 0x40000417);      // TEX = 0, B
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL | PT_WC, 1), 0x40000453); // TEX = 1
	EXPECT_EQ(pte_mk_leaf(0xfffff000, 0, 1), 0xfffff45e | ro | ng | xn);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PT_USER | PT_WRITE, 1), page | user | ng | xn);
	EXPECT_EQ(pte_mk_table(0x40000400, 0, 0), 0x40000401);
}

TEST("sections have the bits of the manual")
{
	const pte_t section = 0x4001140e, ro = BIT(15), user = BIT(11), ng = BIT(17), xn = BIT(4);

	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_ROX, 0), section | ro);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL, 0), section | xn);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_IO, 0), 0x40010416);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL | PT_WC, 0), 0x40011412);
	EXPECT_EQ(pte_mk_leaf(0xfff00000, PT_WRITE | PT_USER, 0),
		  0xfff1140e | user | ng | xn | (pt_has_pxn ? BIT(0) : 0));
}

TEST("a section and a table are told apart, whatever PXN and XN say")
{
	const pte_t section = pte_mk_leaf(0x40000000, PT_USER | PT_EXEC, 0);
	const pte_t table = pte_mk_table(0x4000fc00, 0, 0);

	EXPECT_TRUE(pte_leaf(section, 0));
	EXPECT_FALSE(pte_leaf(table, 0));
	EXPECT_TRUE(pte_present(table));
	EXPECT_TRUE(pte_leaf(pte_mk_leaf(0, 0, 1), 1));
	EXPECT_FALSE(pte_present(0));
	EXPECT_EQ(pte_phys(section, 0), 0x40000000);
	EXPECT_EQ(pte_phys(table, 0), 0x4000fc00);
	EXPECT_EQ(pte_phys(pte_mk_leaf(0x4000f000, PAGE_KERNEL_RO, 1), 1), 0x4000f000);
}

TEST("PXN is used where ID_MMFR0 says that the CPU has it: in sections, and in tables of the "
     "user's pages")
{
	const pte_t pxn = pt_has_pxn ? BIT(2) : 0;

	EXPECT_EQ(pte_mk_table(0x40000400, PT_USER | PT_EXEC, 0), 0x40000401 | pxn);
	EXPECT_EQ(pte_mk_table(0x40000400, PAGE_KERNEL_ROX, 0), 0x40000401);
	EXPECT_EQ(pt_has_pxn, (cp15_read(ID_MMFR0) & MMFR0_VMSA) >= MMFR0_VMSA_PXN);
}

// ---- What tables cost ------------------------------------------------------------------------------

static pte_t *root;
static unsigned long given; // bytes

static phys_addr_t count_table_alloc(size_t size)
{
	given += size;
	return page_table_alloc(size);
}

static unsigned long short_table_bytes(void)
{
	struct pt_count count = { 0 };

	pt_count(root, 0, ~0UL, &count);
	return count.tables[0] * pt_table_size(0) + count.tables[1] * pt_table_size(1);
}

TEST("S055 a flat table for 3 GB would have 786,432 entries, 3 MB; two levels cost 16 KB and what "
     "is used")
{
	const unsigned long entries = TASK_SIZE / PAGE_SIZE;

	EXPECT_EQ(entries, 786432);
	EXPECT_EQ(entries * sizeof(pte_t), 3 * SZ_1M);
	root = __va((unsigned long)page_table_alloc(pt_table_size(0)));
	EXPECT_EQ(short_table_bytes(), 16 * SZ_1K);
	given = 0;
	ASSERT_EQ(pt_map(root, 0x00400000, __pa(_stext), SZ_1M, PT_USER, count_table_alloc), 0);
	EXPECT_EQ(short_table_bytes(), 16 * SZ_1K + given);
	EXPECT_EQ(given, SZ_1K);
	page_table_free(pte_phys(root[pt_index(0, 0x00400000)], 0), SZ_1K);
	page_table_free(__pa(root), pt_table_size(0));
}

TEST("S067 DirectMap1M: lowmem is mapped by sections, but for the borders of the image")
{
	struct pt_count count = { 0 };

	pt_count(kernel_root, PAGE_OFFSET, LOWMEM_END - 1, &count);
	EXPECT_EQ(pt_span(0), SZ_1M);
	EXPECT_GT(count.leaves[0] * SZ_1M, count.leaves[1] * PAGE_SIZE);
}

TEST("S056 a page mapped in each of 8 MB costs 1 KB for each MB, and four tables share a page")
{
	const unsigned long pages = page_tables_taken, base = 0x10000000;
	phys_addr_t table[8];

	root = __va((unsigned long)page_table_alloc(pt_table_size(0)));
	EXPECT_EQ(page_tables_taken - pages, 4);
	given = 0;
	for (int i = 0; i < 8; i++) {
		const unsigned long va = base + i * SZ_1M + 5 * PAGE_SIZE;

		ASSERT_EQ(pt_map(root, va, __pa(_stext), PAGE_SIZE, PT_USER, count_table_alloc), 0);
		EXPECT_EQ(given, (i + 1) * SZ_1K);
		EXPECT_EQ(root[pt_index(0, va)] & BIT(2), pt_has_pxn ? BIT(2) : 0);
		EXPECT_EQ(short_table_bytes(), 16 * SZ_1K + given);
		table[i] = pte_phys(root[pt_index(0, va)], 0);
		// A second page of the same MB is free of charge.
		ASSERT_EQ(pt_map(root, va + PAGE_SIZE, __pa(_stext), PAGE_SIZE, PT_USER,
				 count_table_alloc),
			  0);
		EXPECT_EQ(given, (i + 1) * SZ_1K);
	}
	EXPECT_LE(page_tables_taken - pages, 4 + 3); // a page with room may have been there
	for (int i = 0; i < 8; i++)
		page_table_free(table[i], SZ_1K);
	page_table_free(__pa(root), pt_table_size(0));
	EXPECT_EQ(page_tables_taken, pages);
}

// ---- Faults ----------------------------------------------------------------------------------------

TEST("fault status is decoded in the manual's words")
{
	EXPECT_STREQ(fsr_why(0x005), "translation fault, level 1");
	EXPECT_STREQ(fsr_why(0x807), "translation fault, level 2");
	EXPECT_STREQ(fsr_why(0x80f), "permission fault, level 2");
	EXPECT_STREQ(fsr_why(0x006), "access flag fault, level 2");
	EXPECT_STREQ(fsr_why(0x009), "domain fault, level 1");
	EXPECT_STREQ(fsr_why(0x001), "alignment fault");
	EXPECT_STREQ(fsr_why(0x008), "synchronous external abort");
	EXPECT_STREQ(fsr_why(0x406), "asynchronous external abort");
	EXPECT_STREQ(fsr_why(0x40f), "a status that the manual does not define");
	EXPECT_STREQ(fsr_what(0x805), "page fault");
	EXPECT_STREQ(fsr_what(0x00d), "page fault");
	EXPECT_STREQ(fsr_what(0x001), "alignment fault");
	EXPECT_STREQ(fsr_what(0x009), "domain fault, level 1");
	EXPECT_STREQ(fsr_what(0x002), "breakpoint");
	EXPECT_STREQ(fsr_what(0x406), "asynchronous external abort");
}
