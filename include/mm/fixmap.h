// SPDX-License-Identifier: MIT
// Virtual addresses fixed at compile time; the frames they map are set at run time.
#pragma once

#include <arch/pt.h>

// Slot 0 is the topmost page; the others follow downwards.
#define FIXADDR_TOP (FIXADDR_END - PAGE_SIZE)

// kmap_local_page()'s slots: 16 pages at once. Debug builds leave an unmapped page between them.
#define KM_INCR    (CONFIG_DEBUG ? 2 : 1)
#define KM_MAX_IDX (CONFIG_DEBUG ? 33 : 16)

enum fixed_address {
	FIX_VECTORS_GUARD, // never mapped: the page below the vectors
	FIX_CONSOLE,       // until the console's driver makes its own mapping
	FIX_RAM_CHECK,     // for mm/page/ram_check.c
	FIX_TEST,          // for tests
	FIX_KMAP_BEGIN,    // a stack of pages: grows upwards from FIX_KMAP_END
	FIX_KMAP_END = FIX_KMAP_BEGIN + KM_MAX_IDX - 1,
	FIX_KMAP_GUARD, // never mapped
	FIX_SLOTS,
};

static inline unsigned long fix_to_virt(enum fixed_address slot)
{
	return FIXADDR_TOP - (unsigned long)slot * PAGE_SIZE;
}

// The slot of an address in the fixmap.
static inline enum fixed_address virt_to_fix(unsigned long va)
{
	return (enum fixed_address)((FIXADDR_TOP - (va & PAGE_MASK)) >> PAGE_SHIFT);
}

// Maps the page that contains pa into this slot. Returns the virtual address of pa itself. The slot
// must be unused, else it panics. Any time after boot has set up the page tables.
void *set_fixmap(enum fixed_address slot, phys_addr_t pa, pgprot_t prot);
void clear_fixmap(enum fixed_address slot);

// Maps the device tree read-only into its window. NULL if its address is too high for the page tables.
const void *fixmap_map_fdt(phys_addr_t pa, unsigned long *max_size);
