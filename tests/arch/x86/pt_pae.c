// SPDX-License-Identifier: MIT
// PAE page tables: the bits of an entry, the root, and what the CPU was told.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/pt.h>
#include <arch/trap.h>
#include <asm/cpuid.h>
#include <kernel/ktest.h>
#include <mm/addr.h>
#include <mm/pgtable.h>

SUITE("arch_x86_pae");

TEST("PAE is on, and NX where the CPU has it")
{
	EXPECT_EQ(read_cr4() & X86_CR4_PAE, X86_CR4_PAE);
	EXPECT_EQ(pt_has_noexec, cpu_has(X86_FEATURE_NX));
	if (pt_has_noexec)
		EXPECT_TRUE(rdmsr(MSR_EFER) & EFER_NX);
}

TEST("CR3 is the kernel's root, and only its last entry, from PAGE_OFFSET on, is present")
{
	EXPECT_EQ(read_cr3(), (unsigned long)__pa(kernel_root));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(pte_present(kernel_root[i]), i >= (int)(PAGE_OFFSET >> 30));
	EXPECT_EQ(read_nofault(TEXT_OFFSET, &(u32){ 0 }), -EFAULT);
}

TEST("W54 S046 a large page has 2 MB: bit 7 of a PDE says so")
{
	EXPECT_EQ(pt_span(1), SZ_2M);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_ROX, 1), 0x400001e1ULL);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_ROX, 2), 0x40000161ULL);
}

TEST("PAE entries: what a leaf was made of comes out again, for all rights and both page sizes")
{
	static const pgprot_t memory[] = { 0, PT_DEVICE, PT_WC };
	const phys_addr_t pa = 0x123456000ULL & ~(phys_addr_t)(SZ_2M - 1);

	for (int level = 1; level < PT_LEVELS; level++) {
		for (pgprot_t rights = 0; rights < PT_DEVICE; rights++) {
			for (int m = 0; m < ARRAY_SIZE(memory); m++) {
				pgprot_t prot = rights | memory[m];
				pte_t pte = pte_mk_leaf(pa, prot, level);

				if (!pt_has_noexec)
					prot |= PT_EXEC;
				EXPECT_TRUE(pte_leaf(pte, level));
				EXPECT_EQ(pte_phys(pte, level), pa);
				EXPECT_EQ(pte_prot(pte, level), prot);
			}
		}
	}
}

TEST("PAE entries: a PDPTE has no rights, a PDE's are wide, neither is a leaf")
{
	EXPECT_EQ(pte_mk_table(0x200003000ULL, 0, 0), 0x200003001ULL);
	EXPECT_EQ(pte_mk_table(0x200003000ULL, 0, 1), 0x200003007ULL);
	EXPECT_FALSE(pte_leaf(pte_mk_table(0x3000, 0, 0), 0));
	EXPECT_FALSE(pte_leaf(pte_mk_table(0x3000, 0, 1), 1));
	EXPECT_EQ(pte_phys(pte_mk_table(0x200003000ULL, 0, 1), 1), 0x200003000ULL);
	EXPECT_EQ(pt_table_size(0), 32);
	EXPECT_EQ(pt_table_size(1), PAGE_SIZE);
	EXPECT_EQ(pt_table_size(2), PAGE_SIZE);
}

TEST("pte_set stores both halves, whatever was there")
{
	static const pte_t values[] = { 0, 1, 0x8000000000000001ULL, 0xffffffff00000000ULL, ~0ULL };
	pte_t slot __aligned(8) = 0x123456789abcdef0ULL;

	for (int i = 0; i < ARRAY_SIZE(values); i++) {
		pte_set(&slot, values[i]);
		EXPECT_EQ(READ_ONCE(slot), values[i]);
	}
}
