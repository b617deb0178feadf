// SPDX-License-Identifier: MIT
// A switch of address spaces with LPAE: TTBR0, and nothing else.
//
// Linux: arch/arm/mm/proc-v7-3level.S, cpu_v7_switch_mm.

#include <arch/pt.h>
#include <asm/cp15.h>

// The ASID of all roots: bits 55:48 of TTBR0 (B4.1.154).
#define ASID 0

// TTBR1 and with it the kernel's gigabyte are not touched. Entries of an ASID are what is not global.
void mmu_load_root(phys_addr_t root)
{
	cp15_write64(TTBR0_64, root | (u64)ASID << 48);
	isb();
	cp15_write(TLBIASIDIS, ASID);
	dsb();
	isb();
}
