// SPDX-License-Identifier: MIT
// Switching address spaces with short descriptors: TTBR0 changes; each root has the kernel's entries.
//
// Linux: arch/arm/mm/proc-v7-2level.S, cpu_v7_switch_mm.

#include <arch/pt.h>
#include <asm/cp15.h>

#define ASID 0 // in CONTEXTIDR; all roots use the same

// The kernel's entries are global and the same in each root, so it does not matter which root the CPU
// walks during the switch (ARM ARM B3.10.4). TLBIASIDIS flushes only non-global entries.
void mmu_load_root(phys_addr_t root)
{
	cp15_write(TTBR0, root | TTBR_WALK_WBWA);
	isb();
	cp15_write(TLBIASIDIS, ASID);
	dsb();
	isb();
}
