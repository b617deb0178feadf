// SPDX-License-Identifier: MIT
// TLB flushes, and replacing an entry; the same for both page-table formats.
//
// Rules: also runs with the MMU off.
// Linux: arch/arm/mm/tlb-v7.S.

#include <arch/pt.h>
#include <asm/cp15.h>

// The CPU always obeys XN when the MMU is on (ARM ARM DDI 0406C, B3.7.2).
bool pt_has_noexec = true;

void tlb_flush_all(void)
{
	dsb();
	cp15_write(TLBIALLIS, 0);
	cp15_write(BPIALLIS, 0);
	dsb();
	isb();
}

// Break before make: if the TLB holds two translations of an address, of different sizes, accesses are
// unpredictable (B3.10.1). Between the two stores, the code accesses no memory but the slot.
// The mask bits are in two fields of CPSR: A is in x, I and F are in c (B1.3.3, B9.3.12).
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
