// SPDX-License-Identifier: MIT
// A page-table format made up for this program: 64-bit entries, 2+9+9+12 bits, 2 MB large pages.
// What is a wish (pgprot_t) stands in the entry as it is, so that nothing can get lost on the way.
//
//   63..52 prot | 51..12 address | 1 table (else leaf) | 0 present
#pragma once

typedef u64 pte_t;

#define PT_LEVELS 3
#define PT_FORMAT "host"
#define PHYS_BITS 44 // a page frame number has 32 bits

static const struct pt_level pt_levels[PT_LEVELS] = {
	{ .shift = 30, .bits = 2, .leaf = false, .name = "L1" },
	{ .shift = 21, .bits = 9, .leaf = true, .name = "L2" },
	{ .shift = 12, .bits = 9, .leaf = true, .name = "L3" },
};

#define PTE_PRESENT    BIT_ULL(0)
#define PTE_TABLE      BIT_ULL(1)
#define PTE_ADDRESS    (BIT_ULL(52) - PAGE_SIZE)
#define PTE_PROT_SHIFT 52

static inline bool pte_present(pte_t pte)
{
	return (pte & PTE_PRESENT) != 0;
}

static inline bool pte_leaf(pte_t pte, int level)
{
	return pte_present(pte) && !(pte & PTE_TABLE);
}

static inline pte_t pte_mk_present(pte_t pte, int level)
{
	return pte | PTE_PRESENT;
}

// The walk notes neither.
static inline bool pte_young(pte_t pte)
{
	return pte_present(pte);
}

static inline bool pte_dirty(pte_t pte)
{
	return (pte >> PTE_PROT_SHIFT & PT_WRITE) != 0;
}

static inline phys_addr_t pte_phys(pte_t pte, int level)
{
	return pte & PTE_ADDRESS;
}

static inline pgprot_t pte_prot(pte_t pte, int level)
{
	return (pgprot_t)(pte >> PTE_PROT_SHIFT);
}

static inline pte_t pte_mk_leaf(phys_addr_t pa, pgprot_t prot, int level)
{
	return pa | (pte_t)prot << PTE_PROT_SHIFT | PTE_PRESENT;
}

static inline pte_t pte_mk_table(phys_addr_t pa, pgprot_t prot, int level)
{
	return pa | PTE_TABLE | PTE_PRESENT;
}

// What walks the tables here is this same program: no store is seen by halves.
static inline void pte_store(pte_t *slot, pte_t pte)
{
	WRITE_ONCE(*slot, pte);
}

static inline void pte_sync(void)
{
	barrier();
}
