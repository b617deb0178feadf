// SPDX-License-Identifier: MIT
// The TLB and the replacement of an entry, the same in both page-table formats.
//
// Rules: runs with the MMU off too.
// Linux: arch/arm/mm/tlb-v7.S.

#include <arch/pt.h>
#include <asm/cp15.h>

// XN is honoured whenever the MMU is on (ARM ARM DDI 0406C, B3.7.2).
bool pt_has_noexec = true;

void tlb_flush_all(void)
{
	dsb();
	cp15_write(TLBIALLIS, 0);
	cp15_write(BPIALLIS, 0);
	dsb();
	isb();
}

// Break before make: with two translations of an address in the TLB, of two sizes, what an access gets
// is unpredictable (B3.10.1). From the first store to the last only registers and the slot are used.
// The masks are bits of two fields of CPSR: A is in x, I and F are in c (B1.3.3, B9.3.12).
void pt_replace(pte_t *slot, pte_t pte)
{
	const pte_t nothing = 0;
	u32 cpsr;

	__asm__ volatile("mrs	%0, cpsr\n\t"
			 "cpsid	aif\n\t" PTE_STR("2", "1") //
			 "dsb\n\t"
			 "mcr	p15, 0, %0, c8, c3, 0\n\t" // TLBIALLIS; the value does not matter
			 "dsb\n\t"
			 "isb\n\t" PTE_STR("3", "1") //
			 "dsb\n\t"
			 "isb\n\t"
			 "msr	cpsr_cx, %0"
			 : "=&r"(cpsr)
			 : "r"(slot), "r"(nothing), "r"(pte)
			 : "memory");
}
