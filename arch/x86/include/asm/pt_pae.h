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

static const struct pt_level pt_levels[PT_LEVELS] = {
	{ .shift = 30, .bits = 2, .leaf = false, .name = "PDPTE" },
	{ .shift = 21, .bits = 9, .leaf = true, .name = "PDE" },
	{ .shift = 12, .bits = 9, .leaf = true, .name = "PTE" },
};

#define PTE_LARGE_SIZE SZ_2M
#define PTE_ADDRESS    (BIT_ULL(52) - PAGE_SIZE)
#define PTE_NX         BIT_ULL(63)

// A PDPTE knows no rights: those bits are reserved there.
static inline pte_t pte_mk_table(phys_addr_t pa, pgprot_t prot, int level)
{
	return level == 0 ? pa | PTE_PRESENT : pa | PTE_PRESENT | PTE_RW | PTE_USER;
}

// The walker never sees half an entry. While P is clear it looks at no other bit (table 4-11) and
// caches nothing (4.10.2.3), and stores are seen in their order (8.2.2): so the half with P is written
// last when the entry becomes present, first when it no longer is. From one present entry to another
// that differs in both halves, only CMPXCHG8B is atomic; every CPU with PAE has it.
// The CPU keeps PDPTEs in registers (4.4.1): a changed one counts after tlb_flush_all().
static inline void pte_store(pte_t *slot, pte_t pte)
{
	u32 *half = (u32 *)slot;
	const u32 low = (u32)pte, high = (u32)(pte >> 32);

	if (!(low & PTE_PRESENT)) {
		WRITE_ONCE(half[0], low);
		barrier();
		WRITE_ONCE(half[1], high);
	} else if (!(half[0] & PTE_PRESENT) || half[1] == high) {
		WRITE_ONCE(half[1], high);
		barrier();
		WRITE_ONCE(half[0], low);
	} else {
		pte_t old = *slot;

		__asm__ volatile("1:	lock cmpxchg8b %0\n"
				 "	jnz 1b"
				 : "+m"(*slot), "+A"(old)
				 : "b"(low), "c"(high)
				 : "memory", "cc");
	}
}
