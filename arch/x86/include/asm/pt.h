// SPDX-License-Identifier: MIT
// PAE page tables: entries of 64 bits, four PDPTEs of 1 GB, 2 MB large pages, NX.
//
// Manual: Intel SDM vol 3A, 4.4 (PAE paging), tables 4-8 to 4-11; 4.12 (memory types).
#pragma once

typedef u64 pte_t;

#define PT_LEVELS 3
#define PT_FORMAT "PAE"
// The format has 52; a page frame number has 32 bits and so allows 44.
#define PHYS_BITS 44

extern const struct pt_level pt_levels[PT_LEVELS];

#define PTE_PRESENT  BIT_ULL(0)
#define PTE_RW       BIT_ULL(1)
#define PTE_USER     BIT_ULL(2)
#define PTE_PWT      BIT_ULL(3)
#define PTE_PCD      BIT_ULL(4)
#define PTE_ACCESSED BIT_ULL(5)
#define PTE_DIRTY    BIT_ULL(6)
#define PTE_PS       BIT_ULL(7) // in a PDE: maps 2 MB itself
#define PTE_GLOBAL   BIT_ULL(8)
#define PTE_NX       BIT_ULL(63)
#define PTE_ADDRESS  (BIT_ULL(52) - PAGE_SIZE)

// PWT and PCD choose one of four memory types: write-back, (write-through), write combining where
// cpu_init() could say so and uncached otherwise, strictly uncached.
#define PTE_CACHE_DEVICE (PTE_PCD | PTE_PWT)
#define PTE_CACHE_WC     PTE_PCD

extern bool pt_has_noexec; // declared here too: pte_mk_leaf() needs it

static inline bool pte_present(pte_t pte)
{
	return (pte & PTE_PRESENT) != 0;
}

static inline bool pte_leaf(pte_t pte, int level)
{
	return pte_present(pte) &&
	       (level == PT_LEVELS - 1 || (level == PT_LEVELS - 2 && (pte & PTE_PS)));
}

static inline phys_addr_t pte_phys(pte_t pte, int level)
{
	phys_addr_t pa = pte & PTE_ADDRESS;

	// Of a large page's address, the lowest bit is PAT and the others must be 0.
	return level == PT_LEVELS - 2 && (pte & PTE_PS) ? ALIGN_DOWN(pa, SZ_2M) : pa;
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
		pte |= PTE_ACCESSED | PTE_DIRTY; // nobody asks; spares the CPU the writes
	if (prot & PT_GLOBAL)
		pte |= PTE_GLOBAL;
	if (prot & PT_DEVICE)
		pte |= PTE_CACHE_DEVICE;
	else if (prot & PT_WC)
		pte |= PTE_CACHE_WC;
	return pte;
}

// The leaf alone decides about rights. A PDPTE knows no rights: those bits are reserved there.
static inline pte_t pte_mk_table(phys_addr_t pa, int level)
{
	return level == 0 ? pa | PTE_PRESENT : pa | PTE_PRESENT | PTE_RW | PTE_USER;
}

// Both halves at once: every CPU with PAE has CMPXCHG8B, and no other store of 64 bits is atomic.
// The CPU keeps PDPTEs in registers (4.4.1): a changed one counts after tlb_flush_all().
static inline void pte_set(pte_t *slot, pte_t pte)
{
	pte_t old = *slot;

	__asm__ volatile("1:	lock cmpxchg8b %0\n"
			 "	jnz 1b"
			 : "+m"(*slot), "+A"(old)
			 : "b"((u32)pte), "c"((u32)(pte >> 32))
			 : "memory", "cc");
}
