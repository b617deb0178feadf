// SPDX-License-Identifier: MIT
// Turning the MMU on with short descriptors.
//
// Rules: as in boot/arm/early.c. Linux: arch/arm/mm/proc-v7-2level.S.

#include <arch/pt.h>
#include <asm/cp15.h>
#include <boot/arm/early.h>
#include <mm/addr.h>
#include <mm/pgtable.h>

// PXN is optional: it is newer than the format.
void early_mmu_probe(void)
{
	pt_has_pxn = (cp15_read(ID_MMFR0) & MMFR0_VMSA) >= MMFR0_VMSA_PXN;
}

void early_mmu_load(phys_addr_t root)
{
	cp15_write(TTBCR, 0); // N = 0: only TTBR0 (B3.5.4)
	cp15_write(TTBR0, root | TTBR_WALK_WBWA);
	cp15_write(DACR, DACR_CLIENT(0));
	cp15_write(CONTEXTIDR, 0);
}

// Below PAGE_OFFSET nothing is mapped yet, so one section is enough.
u64 early_identity_on(u32 addr)
{
	pte_t *slot = &kernel_root[pt_index(0, addr)];
	const pte_t before = *slot;

	pte_set(slot, pte_mk_leaf(ALIGN_DOWN(addr, SZ_1M), PAGE_KERNEL_IO, 0));
	tlb_flush_all();
	return before;
}

void early_identity_off(u32 addr, u64 before)
{
	pte_set(&kernel_root[pt_index(0, addr)], (pte_t)before);
	tlb_flush_all();
}
