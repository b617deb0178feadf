// SPDX-License-Identifier: MIT
// Two-level page tables: entries of 32 bits, 4 MB large pages (PSE), nothing to forbid execution with.
//
// Manual: Intel SDM vol 3A, 4.3 (32-bit paging), tables 4-4 to 4-6.
#pragma once

typedef u32 pte_t;

#define PT_LEVELS 2
#define PT_FORMAT "two-level"
// PSE-36 could say more of a large page's address, in bits 20:13. A single page has 32 bits, and one
// limit for both is enough: those bits stay 0.
#define PHYS_BITS 32

static const struct pt_level pt_levels[PT_LEVELS] = {
	{ .shift = 22, .bits = 10, .leaf = true, .name = "PDE" },
	{ .shift = 12, .bits = 10, .leaf = true, .name = "PTE" },
};

#define PTE_LARGE_SIZE SZ_4M
#define PTE_ADDRESS    ((pte_t)PAGE_MASK)
#define PTE_NX         ((pte_t)0) // there is none

static inline pte_t pte_mk_table(phys_addr_t pa, pgprot_t prot, int level)
{
	return pa | PTE_PRESENT | PTE_RW | PTE_USER;
}

// A store of 32 aligned bits is atomic (SDM vol 3A, 8.1.1).
static inline void pte_store(pte_t *slot, pte_t pte)
{
	__asm__ volatile("movl %1, %0" : "=m"(*slot) : "ri"(pte) : "memory");
}
