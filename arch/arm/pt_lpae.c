// SPDX-License-Identifier: MIT
// LPAE's geometry.
//
// Rules: runs with the MMU off too.
// Linux: the split of TTBR0 and TTBR1 is arch/arm/mm/proc-v7-3level.S.

#include <arch/pt.h>

// Entry 3 points to the table in TTBR1; the other three are empty once boot is over, so that TTBR0
// can point here while there is no process.
#define ROOT_ENTRIES 4
pte_t kernel_root[ROOT_ENTRIES] __aligned(ROOT_ENTRIES * sizeof(pte_t));

// Break before make: with two translations of an address in the TLB, of two sizes, what an access gets
// is unpredictable (B3.10.1). From the first store to the last only registers and the slot are used.
void pt_replace(pte_t *slot, pte_t pte)
{
	const pte_t nothing = 0;
	u32 cpsr;

	__asm__ volatile("mrs	%0, cpsr\n\t"
			 "cpsid	aif\n\t"
			 "strd	%Q2, %R2, [%1]\n\t"
			 "dsb\n\t"
			 "mcr	p15, 0, %0, c8, c3, 0\n\t" // TLBIALLIS; the value does not matter
			 "dsb\n\t"
			 "isb\n\t"
			 "strd	%Q3, %R3, [%1]\n\t"
			 "dsb\n\t"
			 "isb\n\t"
			 "msr	cpsr_c, %0"
			 : "=&r"(cpsr)
			 : "r"(slot), "r"(nothing), "r"(pte)
			 : "memory");
}
