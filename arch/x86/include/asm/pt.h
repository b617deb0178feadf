// SPDX-License-Identifier: MIT
// Page-table entries: the bits common to both of the CPU's formats, and those of the chosen format.
//
// Manual: Intel SDM vol 3A, 4.3 (32-bit paging), 4.4 (PAE paging), 4.9 (memory types).
#pragma once

#define PTE_PRESENT  0x001
#define PTE_RW       0x002
#define PTE_USER     0x004
#define PTE_PWT      0x008
#define PTE_PCD      0x010
#define PTE_ACCESSED 0x020
#define PTE_DIRTY    0x040
#define PTE_PS       0x080 // in a PDE: maps a large page; in a PTE the bit is PAT and stays 0
#define PTE_GLOBAL   0x100

// PWT and PCD choose one of four memory types: write-back, write-through (not used), write combining
// (uncached on a CPU without PAT), strictly uncached. The PAT bit (7 of a PTE, 12 of a large page) would
// choose from four more, which are the same.
#define PTE_CACHE_DEVICE (PTE_PCD | PTE_PWT)
#define PTE_CACHE_WC     PTE_PCD

#ifdef CONFIG_MMU_PAE
#include <asm/pt_pae.h>
#else
#include <asm/pt_2level.h>
#endif
// gives pte_t, PT_LEVELS, PT_FORMAT, PHYS_BITS, pte_mk_table() and pte_store() for arch/pt.h, and
// PTE_LARGE_SIZE, PTE_ADDRESS and PTE_NX for the code below.

extern bool pt_has_noexec; // also declared here for pte_mk_leaf()

// Enables the format, for when CR0.PG is set, and sets pt_has_noexec. Call with paging off. Returns the
// feature that the CPU lacks ("PAE"), or NULL.
const char *pt_enable_format(void);

// The cast to u32 saves work: the frequently tested bits are in the lower half.
static inline bool pte_present(pte_t pte)
{
	return ((u32)pte & PTE_PRESENT) != 0;
}

static inline bool pte_leaf(pte_t pte, int level)
{
	return pte_present(pte) &&
	       (level == PT_LEVELS - 1 || (level == PT_LEVELS - 2 && ((u32)pte & PTE_PS)));
}

static inline pte_t pte_mk_present(pte_t pte, int level)
{
	return pte | PTE_PRESENT;
}

// The CPU sets both bits (SDM vol 3A, 4.8).
static inline bool pte_young(pte_t pte)
{
	return (pte & PTE_ACCESSED) != 0;
}

static inline bool pte_dirty(pte_t pte)
{
	return (pte & PTE_DIRTY) != 0;
}

static inline phys_addr_t pte_phys(pte_t pte, int level)
{
	phys_addr_t pa = pte & PTE_ADDRESS;

	// In a large page, the lowest of these bits is PAT; the others must be 0.
	return level == PT_LEVELS - 2 && (pte & PTE_PS) ? ALIGN_DOWN(pa, PTE_LARGE_SIZE) : pa;
}

static inline pgprot_t pte_prot(pte_t pte, int level)
{
	pgprot_t prot = 0;

	if (pte & PTE_RW)
		prot |= PT_WRITE;
	if (!(pte & PTE_NX))
		prot |= PT_EXEC;
	if (pte & PTE_USER)
		prot |= PT_USER;
	if (pte & PTE_GLOBAL)
		prot |= PT_GLOBAL;
	if ((pte & PTE_CACHE_DEVICE) == PTE_CACHE_DEVICE)
		prot |= PT_DEVICE;
	else if ((pte & PTE_CACHE_DEVICE) == PTE_CACHE_WC)
		prot |= PT_WC;
	return prot;
}

static inline pte_t pte_mk_leaf(phys_addr_t pa, pgprot_t prot, int level)
{
	pte_t pte = pa | PTE_PRESENT;

	if (level < PT_LEVELS - 1)
		pte |= PTE_PS;
	if (prot & PT_WRITE)
		pte |= PTE_RW;
	if (!(prot & PT_EXEC) && pt_has_noexec)
		pte |= PTE_NX;
	if (prot & PT_USER)
		pte |= PTE_USER;
	else
		pte |= PTE_ACCESSED | PTE_DIRTY; // saves the CPU the writes
	if (prot & PT_GLOBAL)
		pte |= PTE_GLOBAL;
	if (prot & PT_DEVICE)
		pte |= PTE_CACHE_DEVICE;
	else if (prot & PT_WC)
		pte |= PTE_CACHE_WC;
	return pte;
}

// A page walk sees all earlier stores.
static inline void pte_sync(void)
{
	barrier();
}
