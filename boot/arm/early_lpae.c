// SPDX-License-Identifier: MIT
// Turning the MMU on with the long-descriptor format.
//
// Rules: as in boot/arm/early.c. Linux: arch/arm/mm/proc-v7-3level.S.

#include <arch/pt.h>
#include <asm/cp15.h>
#include <boot/arm/early.h>
#include <mm/addr.h>

void early_mmu_probe(void)
{
}

// Splits the address space at PAGE_OFFSET (ARM ARM B3.6.5). 3 GB and 1 GB: T1SZ = 2 gives the top
// quarter to TTBR1, whose walk then starts at level 2. 2 GB each: T1SZ = 1, and its walk starts at level
// 1, with two entries. T0SZ = 0 gives the rest to TTBR0, with a level-1 table of four entries.
void early_mmu_load(phys_addr_t root)
{
	const u32 index = PAGE_OFFSET >> pt_levels[0].shift, t1sz = index == 3 ? 2 : 1;
	const phys_addr_t top =
		t1sz == 2 ? pte_phys(kernel_root[index], 0) : root + index * sizeof(pte_t);

	cp15_write(MAIR0, MAIR0_VALUE);
	cp15_write(MAIR1, 0);
	cp15_write(TTBCR, TTBCR_EAE | TTBCR_T1SZ(t1sz) | TTBCR_WALK0_WBWA | TTBCR_WALK1_WBWA);
	cp15_write64(TTBR0_64, root);
	cp15_write64(TTBR1_64, top);
}

// TTBR0 points to another table during that time.
u64 early_identity_on(u32 addr)
{
	const u64 before = cp15_read64(TTBR0_64);

	cp15_write64(TTBR0_64, early_phys(early_identity));
	isb();
	tlb_flush_all();
	return before;
}

void early_identity_off(u32 addr, u64 before)
{
	cp15_write64(TTBR0_64, before);
	isb();
	tlb_flush_all();
}
