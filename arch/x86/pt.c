// SPDX-License-Identifier: MIT
// The TLB and the replacement of an entry, the same in both page-table formats. Runs with the MMU off too.
//
// Rules: as in include/arch/pt.h.
// Linux: arch/x86/mm/tlb.c.

#include <arch/cpu.h>
#include <arch/pt.h>

// While frames and rights are the same, the CPU may use either translation (SDM vol 3A, 4.10.2.3); what
// follows is flushed by the caller.
void pt_replace(pte_t *slot, pte_t pte)
{
	pte_set(slot, pte);
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

// Global entries stay (SDM vol 3A, 4.10.4.1).
void mmu_load_root(phys_addr_t root)
{
	write_cr3((unsigned long)root);
}
