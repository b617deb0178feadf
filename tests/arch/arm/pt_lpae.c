// SPDX-License-Identifier: MIT
// What only LPAE has: the split of TTBR0 and TTBR1, its bits, its fault status.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/pt.h>
#include <arch/trap.h>
#include <asm/fault.h>
#include <kernel/ktest.h>
#include <mm/addr.h>
#include <mm/fixmap.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>

SUITE("arch_arm_lpae");

TEST("TTBCR splits the address space exactly at PAGE_OFFSET (3 GB), in the long-descriptor format")
{
	const u32 ttbcr = cp15_read(TTBCR);

	EXPECT_EQ(ttbcr >> 31, 1);                                     // EAE
	EXPECT_EQ(PAGE_OFFSET, 0u - (1u << (32 - (ttbcr >> 16 & 7)))); // T1SZ
	EXPECT_EQ(ttbcr & 7, 0);                                       // T0SZ
	EXPECT_EQ(ttbcr >> 23 & 1, 0);                                 // EPD1: walks are made
}

TEST("TTBR1 is the level-2 table that entry 3 of the root points to; of 2 GB, the root's upper "
     "half")
{
	const int first = PAGE_OFFSET >> pt_levels[0].shift;

	EXPECT_EQ(cp15_read64(TTBR1_64),
		  first == 3 ? pte_phys(kernel_root[3], 0) : __pa(&kernel_root[first]));
}

TEST("without a process TTBR0 is the kernel's root, whose entries below PAGE_OFFSET are empty")
{
	EXPECT_EQ(cp15_read64(TTBR0_64), __pa(kernel_root));
	for (int i = 0; i < PAGE_OFFSET >> pt_levels[0].shift; i++)
		EXPECT_EQ(kernel_root[i], 0);
}

TEST("S059 S060 S061 W09 a switch writes a physical address to TTBR0; TTBR1, and with it the "
     "kernel's half, stays")
{
	const u64 ttbr1 = cp15_read64(TTBR1_64);
	pte_t *root = pgd_alloc();

	ASSERT_TRUE(root != NULL);
	pgd_load(root);
	EXPECT_EQ(cp15_read64(TTBR0_64), __pa(root));
	EXPECT_EQ(cp15_read64(TTBR1_64), ttbr1);
	pgd_load(kernel_root);
	EXPECT_EQ(cp15_read64(TTBR0_64), __pa(kernel_root));
	pgd_free(root);
}

TEST("MAIR has device, cached and gathering memory")
{
	EXPECT_EQ(cp15_read(MAIR0), MAIR0_VALUE);
}

TEST("entries have the bits of the manual")
{
	// AF, inner shareable, MAIR 1 and the type; then what each right adds.
	const pte_t page = 0x40000707, xn = LPAE_XN | LPAE_PXN;

	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_ROX, 2), page | LPAE_AP_RO);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_RO, 2), page | LPAE_AP_RO | xn);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL, 2), page | xn);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL, 1), (page | xn) & ~2ULL);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_IO, 2), (page | xn) & ~LPAE_ATTR(7));
	EXPECT_EQ(pte_mk_leaf(0xff40000000, 0, 2), 0xff40000787 | xn | LPAE_NG);
	EXPECT_EQ(pte_mk_table(0x40000000, 0, 0), 0x40000003);
}

TEST("the kernel may not execute what is the user's, whatever the user may")
{
	const pte_t code = pte_mk_leaf(0, PT_USER | PT_EXEC, 2), data = pte_mk_leaf(0, PT_USER, 2);

	EXPECT_EQ(code & (LPAE_XN | LPAE_PXN), LPAE_PXN);
	EXPECT_EQ(data & (LPAE_XN | LPAE_PXN), LPAE_XN | LPAE_PXN);
	EXPECT_EQ(code & LPAE_NG, LPAE_NG);
}

TEST("level 1 holds tables only, level 2 blocks of 2 MB")
{
	EXPECT_FALSE(pt_levels[0].leaf);
	EXPECT_EQ(pt_span(1), SZ_2M);
	EXPECT_EQ(pt_table_size(0), 4 * sizeof(pte_t));
	EXPECT_STREQ(pt_levels[0].name, "level 1");
}

TEST("S076 the CPU answers a miss by itself, but a first access it leaves to software: access flag "
     "fault")
{
	static u32 frame[PAGE_SIZE / sizeof(u32)] __aligned(PAGE_SIZE);
	const unsigned long va = fix_to_virt(FIX_TEST);
	const volatile u32 *window = set_fixmap(FIX_TEST, __pa(frame), PAGE_KERNEL);
	pte_t *slot = pt_slot(kernel_root, va, NULL);
	u32 word;

	ASSERT_NE(slot, NULL);
	pte_set(slot, *slot & ~LPAE_AF);
	flush_tlb_kernel_range(va, va + PAGE_SIZE);
	EXPECT_EQ(read_nofault(va, &word), -EFAULT);
	EXPECT_EQ(cp15_read(DFSR) & 0x3f, 0x0b); // access flag, level 3 (B4.1.52)
	EXPECT_EQ(*slot & LPAE_AF, 0);           // no hardware sets it here
	pte_set(slot, *slot | LPAE_AF);          // such an entry was not cached: no flush
	EXPECT_EQ(read_nofault(va, &word), 0);
	EXPECT_EQ(*window, 0);
	clear_fixmap(FIX_TEST);
}

TEST("fault status is decoded in the manual's words")
{
	EXPECT_STREQ(fsr_why(0x205), "translation fault, level 1");
	EXPECT_STREQ(fsr_why(0xa0f), "permission fault, level 3");
	EXPECT_STREQ(fsr_why(0x20a), "access flag fault, level 2");
	EXPECT_STREQ(fsr_why(0x221), "alignment fault");
	EXPECT_STREQ(fsr_why(0x210), "synchronous external abort");
	EXPECT_STREQ(fsr_why(0x23f), "a status that the manual does not define");
	EXPECT_STREQ(fsr_what(0x207), "page fault");
	EXPECT_STREQ(fsr_what(0x221), "alignment fault");
	EXPECT_STREQ(fsr_what(0x222), "breakpoint");
	EXPECT_STREQ(fsr_what(0x211), "asynchronous external abort");
}
