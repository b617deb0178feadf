// SPDX-License-Identifier: MIT
// PAE page tables: geometry, the kernel's root, and the TLB. Runs with the MMU off too.
//
// Owns: kernel_root, the page-directory-pointer table that CR3 points to.
// Rules: as in include/arch/pt.h.
// Linux: arch/x86/include/asm/pgtable-3level.h, arch/x86/mm/tlb.c.

#include <arch/cpu.h>
#include <arch/pt.h>

const struct pt_level pt_levels[PT_LEVELS] = {
	{ .shift = 30, .bits = 2, .leaf = false, .name = "PDPTE" },
	{ .shift = 21, .bits = 9, .leaf = true, .name = "PDE" },
	{ .shift = 12, .bits = 9, .leaf = true, .name = "PTE" },
};

// CR3 holds bits 31:5 of the table's address.
#define PDPT_ENTRIES 4
pte_t kernel_root[PDPT_ENTRIES] __aligned(sizeof(pte_t) * PDPT_ENTRIES);

// Not zero at the start: so it lies in .data, and clearing .bss does not undo what boot found out.
bool pt_has_noexec = true;

size_t pt_table_size(int level)
{
	return sizeof(pte_t) << pt_levels[level].bits;
}

void tlb_flush_page(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

// Clearing PGE drops global entries too; writing CR3 loads the PDPTEs anew (SDM vol 3A, 4.10.4.1).
void tlb_flush_all(void)
{
	unsigned long flags = local_irq_save(), cr4 = read_cr4();

	write_cr4(cr4 & ~X86_CR4_PGE);
	write_cr3(read_cr3());
	write_cr4(cr4);
	local_irq_restore(flags);
}
