// SPDX-License-Identifier: MIT
// PAE page tables: entries of 64 bits, four PDPTEs of 1 GB, 2 MB large pages, NX.
//
// Manual: Intel SDM vol 3A, 4.4 (PAE paging), tables 4-8 to 4-11.
#pragma once

typedef u64 pte_t;

#define PT_LEVELS 3
#define PT_FORMAT "PAE"
// The format allows 52 bits; a 32-bit page frame number limits it to 44.
#define PHYS_BITS 44

static const struct pt_level pt_levels[PT_LEVELS] = {
	{ .shift = 30, .bits = 2, .leaf = false, .name = "PDPTE" },
	{ .shift = 21, .bits = 9, .leaf = true, .name = "PDE" },
	{ .shift = 12, .bits = 9, .leaf = true, .name = "PTE" },
};

#define PTE_LARGE_SIZE SZ_2M
#define PTE_ADDRESS    (BIT_ULL(52) - PAGE_SIZE)
#define PTE_NX         BIT_ULL(63)

// A PDPTE has no rights: those bits are reserved.
static inline pte_t pte_mk_table(phys_addr_t pa, pgprot_t prot, int level)
{
	return level == 0 ? pa | PTE_PRESENT : pa | PTE_PRESENT | PTE_RW | PTE_USER;
}

// The walker never sees half an entry. While P is clear, the CPU ignores all other bits (table 4-11) and
// caches nothing (4.10.2.3); stores become visible in order (8.2.2). So the half with P is written last
// when the entry becomes present, and first when it becomes not present. Between two present entries
// that differ in both halves, only CMPXCHG8B is atomic; pt_enable_format() requires it.
// The CPU keeps PDPTEs in registers (4.4.1): a change takes effect after tlb_flush_all().
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
