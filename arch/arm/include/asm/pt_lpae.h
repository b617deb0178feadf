// SPDX-License-Identifier: MIT
// Page-table entries of the long-descriptor format, LPAE (ARM ARM DDI 0406C, B3.6).
//
// Three levels of 64-bit entries, 2 + 9 + 9 bits over pages of 4 KB. The kernel's own gigabyte is one
// level-2 table: TTBR1 points straight at it, and so does entry 3 of kernel_root.
// Linux: arch/arm/include/asm/pgtable-3level*.h.
#pragma once

#include <lib/types.h>

typedef u64 pte_t;

#define PT_LEVELS 3
#define PHYS_BITS 40

// The manual's level 1 is our level 0. It could map 1 GB at once, but the kernel does not need that.
static const struct pt_level pt_levels[PT_LEVELS] = {
	{ 30, 2, false, "level 1" },
	{ 21, 9, true, "level 2" },
	{ 12, 9, true, "level 3" },
};

#define PT_FORMAT "LPAE"

// Bits 1:0, the type: level 2 has blocks of 2 MB and tables, level 3 has pages only (B3.6.1).
#define LPAE_VALID BIT_ULL(0)
#define LPAE_TYPE  (BIT_ULL(1) | BIT_ULL(0))
#define LPAE_BLOCK BIT_ULL(0)
#define LPAE_TABLE (BIT_ULL(1) | BIT_ULL(0))
#define LPAE_PAGE  (BIT_ULL(1) | BIT_ULL(0))
// Attributes of a block or page (B3.6.2).
#define LPAE_ATTR(n)  ((u64)(n) << 2) // which byte of MAIR
#define LPAE_AP_USER  BIT_ULL(6)      // AP[1]: user mode may access it, too
#define LPAE_AP_RO    BIT_ULL(7)      // AP[2]
#define LPAE_SH_INNER (BIT_ULL(9) | BIT_ULL(8))
#define LPAE_AF       BIT_ULL(10) // access flag: if 0, the first access faults
#define LPAE_NG       BIT_ULL(11) // not global: belongs to an ASID
#define LPAE_PXN      BIT_ULL(53) // not executable by the kernel
#define LPAE_XN       BIT_ULL(54) // not executable at all
#define LPAE_ADDR     0x000000fffffff000ULL

// The bytes of MAIR0 (B4.1.104): Device-nGnRE, Normal write-back write-allocate, Normal non-cacheable.
#define MAIR_DEVICE 0
#define MAIR_NORMAL 1
#define MAIR_WC     2
#define MAIR0_VALUE 0x0044ff04

static inline bool pte_present(pte_t pte)
{
	return pte & LPAE_VALID;
}

static inline bool pte_leaf(pte_t pte, int level)
{
	return (pte & LPAE_TYPE) == (level == PT_LEVELS - 1 ? LPAE_PAGE : LPAE_BLOCK);
}

static inline pte_t pte_mk_present(pte_t pte, int level)
{
	return pte | (level == PT_LEVELS - 1 ? LPAE_PAGE : LPAE_VALID);
}

// The CPU does not set these bits: an access without AF faults; a writable page counts as dirty.
static inline bool pte_young(pte_t pte)
{
	return pte & LPAE_AF;
}

static inline bool pte_dirty(pte_t pte)
{
	return !(pte & LPAE_AP_RO);
}

static inline phys_addr_t pte_phys(pte_t pte, int level)
{
	return (phys_addr_t)(pte & LPAE_ADDR);
}

static inline pgprot_t pte_prot(pte_t pte, int level)
{
	const bool user = pte & LPAE_AP_USER;
	const u64 attr = pte & LPAE_ATTR(7);

	return (pte & LPAE_AP_RO ? 0 : PT_WRITE) | (user ? PT_USER : 0) |
	       (pte & (user ? LPAE_XN : LPAE_XN | LPAE_PXN) ? 0 : PT_EXEC) |
	       (pte & LPAE_NG ? 0 : PT_GLOBAL) | (attr == LPAE_ATTR(MAIR_DEVICE) ? PT_DEVICE : 0) |
	       (attr == LPAE_ATTR(MAIR_WC) ? PT_WC : 0);
}

// User pages get PXN: the kernel never executes them.
static inline pte_t pte_mk_leaf(phys_addr_t pa, pgprot_t prot, int level)
{
	pte_t pte =
		pa | (level == PT_LEVELS - 1 ? LPAE_PAGE : LPAE_BLOCK) | LPAE_AF | LPAE_SH_INNER;

	pte |= prot & PT_DEVICE ? LPAE_ATTR(MAIR_DEVICE)
	       : prot & PT_WC   ? LPAE_ATTR(MAIR_WC)
				: LPAE_ATTR(MAIR_NORMAL);
	pte |= prot & PT_WRITE ? 0 : LPAE_AP_RO;
	pte |= prot & PT_USER ? LPAE_AP_USER | LPAE_PXN : 0;
	pte |= prot & PT_EXEC ? 0 : LPAE_XN | LPAE_PXN;
	pte |= prot & PT_GLOBAL ? 0 : LPAE_NG;
	return pte;
}

static inline pte_t pte_mk_table(phys_addr_t table, pgprot_t prot, int level)
{
	return table | LPAE_TABLE;
}

// Assembly that stores operand `pte` at operand `slot`. On CPUs with LPAE, STRD to an aligned address is
// one access (A3.5.3).
#define PTE_STR(pte, slot) "strd	%Q" pte ", %R" pte ", [%" slot "]\n\t"

static inline void pte_store(pte_t *slot, pte_t pte)
{
	__asm__ volatile(PTE_STR("0", "1")::"r"(pte), "r"(slot) : "memory");
}

// The walker sees the stored entries before the next access (B3.10.1).
static inline void pte_sync(void)
{
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}
