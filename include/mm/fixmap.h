// SPDX-License-Identifier: MIT
// Virtual addresses known at compile time; which frame they show is set at run time.
#pragma once

#include <arch/pt.h>

// Slot 0 is the topmost page; the others follow downwards.
#define FIXADDR_TOP (FIXADDR_END - PAGE_SIZE)

// kmap_local_page()'s slots: 16 pages at once. Debug builds leave an empty page around each.
#define KM_INCR    (CONFIG_DEBUG ? 2 : 1)
#define KM_MAX_IDX (CONFIG_DEBUG ? 33 : 16)

enum fixed_address {
	FIX_VECTORS_GUARD, // never mapped: the page below the vectors
	FIX_CONSOLE,       // until the console's driver has a mapping of its own
	FIX_RAM_CHECK,     // while mm/page/ram_check.c looks
	FIX_TEST,          // for tests
	FIX_KMAP_BEGIN,    // its pages are stacked upwards, from FIX_KMAP_END on
	FIX_KMAP_END = FIX_KMAP_BEGIN + KM_MAX_IDX - 1,
	FIX_KMAP_GUARD, // never mapped
	FIX_SLOTS,
};

static inline unsigned long fix_to_virt(enum fixed_address slot)
{
	return FIXADDR_TOP - (unsigned long)slot * PAGE_SIZE;
}

// The slot that an address of the fixmap belongs to.
static inline enum fixed_address virt_to_fix(unsigned long va)
{
	return (enum fixed_address)((FIXADDR_TOP - (va & PAGE_MASK)) >> PAGE_SHIFT);
}

// Shows the page that contains pa in this slot. Returns the virtual address of pa itself.
// The slot must be unused: a mistake is a BUG. Any time after the boot tables exist.
void *set_fixmap(enum fixed_address slot, phys_addr_t pa, pgprot_t prot);
void clear_fixmap(enum fixed_address slot);

// Shows the device tree, read-only, in its window. NULL when it lies beyond what the window holds.
const void *fixmap_map_fdt(phys_addr_t pa, unsigned long *max_size);
