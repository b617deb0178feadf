// SPDX-License-Identifier: MIT
// Virtual addresses known at compile time; which frame they show is set at run time.
#pragma once

#include <arch/pt.h>

enum fixed_address {
	FIX_VECTORS_GUARD, // never mapped: the page below the vectors
	FIX_CONSOLE,
	FIX_CLEAR_PAGE,
	FIX_TEST,         // for tests/kernel_map.c
	FIX_DEVICE_FIRST, // registers mapped before there is an ioremap()
	FIX_DEVICE_LAST = FIX_DEVICE_FIRST + 31,
	FIX_SLOTS,
};

static inline unsigned long fix_to_virt(enum fixed_address slot)
{
	return FIXADDR_END - ((unsigned long)slot + 1) * PAGE_SIZE;
}

// Shows the page that contains pa in this slot. Returns the virtual address of pa itself.
// The slot must be unused: a mistake is a BUG. Any time after the boot tables exist.
void *set_fixmap(enum fixed_address slot, phys_addr_t pa, pgprot_t prot);
void clear_fixmap(enum fixed_address slot);

// Maps [pa, pa+size) of device registers into the next free device slots and returns the address
// of pa; panics when no slots are left. For drivers that start before ioremap().
void *early_ioremap(phys_addr_t pa, unsigned long size);

// Shows the device tree, read-only, in its window. NULL when it lies beyond what the window holds.
const void *fixmap_map_fdt(phys_addr_t pa, unsigned long *max_size);
