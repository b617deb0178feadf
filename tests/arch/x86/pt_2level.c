// SPDX-License-Identifier: MIT
// Two-level page tables: the bits of an entry, the root, and what the CPU was told.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/pt.h>
#include <arch/trap.h>
#include <asm/cpuid.h>
#include <kernel/bootinfo.h>
#include <kernel/ktest.h>
#include <mm/addr.h>
#include <mm/memblock.h>
#include <mm/pgtable.h>

SUITE("arch_x86_2level");

TEST("PSE is on, PAE is off, and nobody claims that execution could be forbidden")
{
	EXPECT_EQ(read_cr4() & (X86_CR4_PSE | X86_CR4_PAE), X86_CR4_PSE);
	EXPECT_FALSE(pt_has_noexec);
}

TEST("CR3 is the kernel's root, and none of the entries (768) below the kernel's is present")
{
	const unsigned long first = pt_index(0, PAGE_OFFSET);

	EXPECT_EQ(read_cr3(), (unsigned long)__pa(kernel_root));
	for (unsigned long i = 0; i < first; i++)
		EXPECT_FALSE(pte_present(kernel_root[i]));
	EXPECT_TRUE(pte_present(kernel_root[first]));
	EXPECT_EQ(read_nofault(TEXT_OFFSET, &(u32){ 0 }), -EFAULT);
}

TEST("W54 S046 a large page has 4 MB: bit 7 of a PDE says so")
{
	EXPECT_EQ(pt_span(0), SZ_4M);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_ROX, 0), 0x400001e1);
	EXPECT_EQ(pte_mk_leaf(0x40000000, PAGE_KERNEL_ROX, 1), 0x40000161);
}

TEST("two-level entries: what a leaf was made of comes out again, but that it may be executed")
{
	static const pgprot_t memory[] = { 0, PT_DEVICE, PT_WC };
	const phys_addr_t pa = 0xffc00000;

	for (int level = 0; level < PT_LEVELS; level++) {
		for (pgprot_t rights = 0; rights < PT_DEVICE; rights++) {
			for (int m = 0; m < ARRAY_SIZE(memory); m++) {
				pgprot_t prot = rights | memory[m];
				pte_t pte = pte_mk_leaf(pa, prot, level);

				EXPECT_TRUE(pte_leaf(pte, level));
				EXPECT_EQ(pte_phys(pte, level), pa);
				EXPECT_EQ(pte_prot(pte, level), prot | PT_EXEC);
			}
		}
	}
}

TEST("two-level entries: of a large page's address, PAT and the bits of PSE-36 are no part")
{
	const pte_t pte = pte_mk_leaf(0x40000000, PAGE_KERNEL, 0);

	EXPECT_EQ(pte & 0x003fe000, 0); // bits 21:13 are reserved, or 39:32 of an address
	EXPECT_EQ(pte & 0x00001000, 0); // PAT
	EXPECT_EQ(pte_phys(pte | 0x003ff000, 0), 0x40000000);
	EXPECT_EQ(pte_phys(pte_mk_leaf(0x40001000, PAGE_KERNEL, 1), 1), 0x40001000);
}

TEST("two-level entries: one that points to a table has wide rights and is no leaf")
{
	EXPECT_EQ(pte_mk_table(0x00003000, 0, 0), 0x00003007);
	EXPECT_FALSE(pte_leaf(pte_mk_table(0x3000, 0, 0), 0));
	EXPECT_EQ(pte_phys(pte_mk_table(0xfffff000, 0, 0), 0), 0xfffff000);
	EXPECT_EQ(pt_table_size(0), PAGE_SIZE);
	EXPECT_EQ(pt_table_size(1), PAGE_SIZE);
}

TEST("pte_set stores all of an entry, whatever was there")
{
	static const pte_t values[] = { 0, 1, 0x80000001, 0xffff0000, ~0U };
	pte_t slot = 0x12345678;

	for (int i = 0; i < ARRAY_SIZE(values); i++) {
		pte_set(&slot, values[i]);
		EXPECT_EQ(READ_ONCE(slot), values[i]);
	}
}

TEST("S084 W67 RAM above 4 GB is out of reach: no range of memory holds any, whatever firmware "
     "says")
{
	const struct memblock_range *ram;

	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++)
		EXPECT_LT(ram->start,
			  ram->end); // an end beyond 32 bits would wrap to below the start
	EXPECT_LE(memblock_ram_size(), 1ULL << 32);
}
