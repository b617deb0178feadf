// SPDX-License-Identifier: MIT
// Two-level page tables: entries of 32 bits, 4 MB large pages (PSE), no NX.
//
// Manual: Intel SDM vol 3A, 4.3 (32-bit paging), tables 4-4 to 4-6.
#pragma once

typedef u32 pte_t;

#define PT_LEVELS 2
#define PT_FORMAT "two-level"
// With PSE-36, bits 20:13 of a large page hold more address bits. But single pages are limited to 32
// bits, so the kernel uses one limit for both, and those bits stay 0.
#define PHYS_BITS 32

static const struct pt_level pt_levels[PT_LEVELS] = {
	{ .shift = 22, .bits = 10, .leaf = true, .name = "PDE" },
	{ .shift = 12, .bits = 10, .leaf = true, .name = "PTE" },
};

#define PTE_LARGE_SIZE SZ_4M
#define PTE_ADDRESS    ((pte_t)PAGE_MASK)
#define PTE_NX         ((pte_t)0) // not in this format

static inline pte_t pte_mk_table(phys_addr_t pa, pgprot_t prot, int level)
{
	return pa | PTE_PRESENT | PTE_RW | PTE_USER;
}

// An aligned 32-bit store is atomic (SDM vol 3A, 8.1.1).
static inline void pte_store(pte_t *slot, pte_t pte)
{
	__asm__ volatile("movl %1, %0" : "=m"(*slot) : "ri"(pte) : "memory");
}
