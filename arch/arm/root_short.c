// SPDX-License-Identifier: MIT
// A switch of address spaces with short descriptors: TTBR0, whose root holds the kernel's entries too.
//
// Linux: arch/arm/mm/proc-v7-2level.S, cpu_v7_switch_mm.

#include <arch/pt.h>
#include <asm/cp15.h>

#define ASID 0 // CONTEXTIDR's, of all roots

// The kernel's entries are global and the same in each root, so that it does not matter which of the two
// the CPU walks in between (ARM ARM B3.10.4). Entries of an ASID are what is not global.
void mmu_load_root(phys_addr_t root)
{
	cp15_write(TTBR0, root | TTBR_WALK_WBWA);
	isb();
	cp15_write(TLBIASIDIS, ASID);
	dsb();
	isb();
}
