// SPDX-License-Identifier: MIT
// PAE page tables: entries of 64 bits, four PDPTEs of 1 GB, 2 MB large pages, NX.
//
// Manual: Intel SDM vol 3A, 4.4 (PAE paging), tables 4-8 to 4-11.
#pragma once

typedef u64 pte_t;

#define PT_LEVELS 3
#define PT_FORMAT "PAE"
// The format has 52; a page frame number has 32 bits and so allows 44.
#define PHYS_BITS 44

#define PTE_LARGE_SIZE SZ_2M
#define PTE_ADDRESS    (BIT_ULL(52) - PAGE_SIZE)
#define PTE_NX         BIT_ULL(63)

// A PDPTE knows no rights: those bits are reserved there.
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
