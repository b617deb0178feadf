// SPDX-License-Identifier: MIT
// The steps of the one walker: for mm/pgtable.c and mm/pt_change.c, and nobody else.
#pragma once

#include <mm/addr.h>
#include <mm/pgtable.h>

#define LAST (PT_LEVELS - 1)

// The table that an entry points to.
static inline pte_t *pt_next(pte_t pte, int level)
{
	return __va((unsigned long)pte_phys(pte, level));
}

// The slot where the walk to va ends: a leaf, or an entry that is not present.
static inline pte_t *pt_find(pte_t *table, unsigned long va, int *level)
{
	for (*level = 0;; ++*level) {
		pte_t *slot = &table[pt_index(*level, va)];

		if (*level == LAST || !pte_present(*slot) || pte_leaf(*slot, *level))
			return slot;
		table = pt_next(*slot, *level);
	}
}

// Bytes from va to the end of the entry of this level that holds it, but not more than `most`.
static inline u64 pt_rest(u64 va, int level, u64 most)
{
	const u64 span = pt_span(level);

	return min(span - (va & (span - 1)), most);
}

// Page aligned, not empty, and not beyond the end of the address space.
static inline bool pt_range_ok(unsigned long va, unsigned long size)
{
	return size != 0 && IS_ALIGNED(va | size, PAGE_SIZE) && va + size - 1 >= va;
}
