// SPDX-License-Identifier: MIT
// TLB flushes, and replacing an entry; the same for both page-table formats. Also runs with the MMU off.
//
// Rules: as in include/arch/pt.h.
// Linux: arch/x86/mm/tlb.c.

#include <arch/cpu.h>
#include <arch/pt.h>

// Frames and rights are the same, so the CPU may use either translation (SDM vol 3A, 4.10.2.3). A caller
// that then changes an entry flushes the TLB.
void pt_replace(pte_t *slot, pte_t pte)
{
	pte_set(slot, pte);
}

// Changing PGE also flushes global entries; writing CR3 reloads the PDPTEs (SDM vol 3A, 4.10.4.1).
void tlb_flush_all(void)
{
	unsigned long flags = local_irq_save(), cr4 = read_cr4();

	write_cr4(cr4 & ~X86_CR4_PGE);
	write_cr3(read_cr3());
	write_cr4(cr4);
	local_irq_restore(flags);
}

// Global entries stay in the TLB (SDM vol 3A, 4.10.4.1).
void mmu_load_root(phys_addr_t root)
{
	write_cr3((unsigned long)root);
}
