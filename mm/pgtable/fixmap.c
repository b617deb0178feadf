// SPDX-License-Identifier: MIT
// The fixmap: virtual addresses fixed at compile time, for mappings needed before any allocator exists.
//
// Owns: the entries of [FIXADDR_START, FIXADDR_END).
// Linux: include/asm-generic/fixmap.h, drivers/of/fdt.c for the device tree's window.

#include <kernel/panic.h>
#include <mm/fixmap.h>
#include <mm/kernel_map.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>

_Static_assert(FIX_SLOTS *PAGE_SIZE < FIXADDR_SLOTS_SIZE - (0 - FIXADDR_END),
	       "the fixmap's slots share one last-level table");

void *set_fixmap(enum fixed_address slot, phys_addr_t pa, pgprot_t prot)
{
	const unsigned long offset = pa & ~PAGE_MASK, va = fix_to_virt(slot);
	int err = pt_map(kernel_root, va, pa - offset, PAGE_SIZE, prot, early_pt_alloc);

	if (err)
		panic("set_fixmap: slot %d for %pa: error %d", slot, &pa, err);
	return (void *)(va + offset);
}

void clear_fixmap(enum fixed_address slot)
{
	struct tlb_gather gather;

	tlb_gather_init(&gather);
	BUG_ON(pt_unmap(kernel_root, fix_to_virt(slot), PAGE_SIZE, &gather) != 0);
	tlb_gather_flush(&gather);
}

const void *fixmap_map_fdt(phys_addr_t pa, unsigned long *max_size)
{
	// The window holds two large pages: whatever pa's alignment, at least half of it is after pa.
	const phys_addr_t base = ALIGN_DOWN(pa, (phys_addr_t)(FIXADDR_FDT_SIZE / 2));
	const unsigned long offset = pa - base;

	if (pt_map(kernel_root, FIXADDR_FDT, base, FIXADDR_FDT_SIZE, PAGE_KERNEL_RO,
		   early_pt_alloc) != 0)
		return NULL;
	*max_size = FIXADDR_FDT_SIZE - offset;
	return (const char *)FIXADDR_FDT + offset;
}
