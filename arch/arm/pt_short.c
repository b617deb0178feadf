// SPDX-License-Identifier: MIT
// The geometry of short descriptors.
//
// Rules: runs with the MMU off too.
// Linux: arch/arm/mm/proc-v7-2level.S.

#include <arch/pt.h>

#define ROOT_ENTRIES 4096
pte_t kernel_root[ROOT_ENTRIES] __aligned(ROOT_ENTRIES * sizeof(pte_t));

// Not zero at the start: so it lies in .data, and clearing .bss does not undo what boot found out.
bool pt_has_pxn = true;

// Break before make: with two translations of an address in the TLB, of two sizes, what an access gets
// is unpredictable (B3.10.1). From the first store to the last only registers and the slot are used.
void pt_replace(pte_t *slot, pte_t pte)
{
	const pte_t nothing = 0;
	u32 cpsr;

	__asm__ volatile("mrs	%0, cpsr\n\t"
			 "cpsid	aif\n\t"
			 "str	%2, [%1]\n\t"
			 "dsb\n\t"
			 "mcr	p15, 0, %0, c8, c3, 0\n\t" // TLBIALLIS; the value does not matter
			 "dsb\n\t"
			 "isb\n\t"
			 "str	%3, [%1]\n\t"
			 "dsb\n\t"
			 "isb\n\t"
			 "msr	cpsr_c, %0"
			 : "=&r"(cpsr)
			 : "r"(slot), "r"(nothing), "r"(pte)
			 : "memory");
}
