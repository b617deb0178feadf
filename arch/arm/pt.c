// SPDX-License-Identifier: MIT
// The TLB, the same in both page-table formats.
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
