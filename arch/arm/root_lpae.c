// SPDX-License-Identifier: MIT
// Switching address spaces with LPAE: only TTBR0 changes.
//
// Linux: arch/arm/mm/proc-v7-3level.S, cpu_v7_switch_mm.

#include <arch/pt.h>
#include <asm/cp15.h>

// All roots use the same ASID: bits 55:48 of TTBR0 (B4.1.154).
#define ASID 0

// TTBR1, which maps the kernel's gigabyte, stays. TLBIASIDIS flushes only non-global entries.
void mmu_load_root(phys_addr_t root)
{
	cp15_write64(TTBR0_64, root | (u64)ASID << 48);
	isb();
	cp15_write(TLBIASIDIS, ASID);
	dsb();
	isb();
}
