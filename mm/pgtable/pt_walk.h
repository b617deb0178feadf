// SPDX-License-Identifier: MIT
// The steps of the walk, for the files of mm/pgtable/.
#pragma once

#include <mm/addr.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>

#define LAST (PT_LEVELS - 1)

// The table that an entry points to.
static inline pte_t *pt_next(pte_t pte, int level)
{
	return __va((unsigned long)pte_phys(pte, level));
}

// The bytes that one last-level table covers.
#define LEAF_SPAN pt_span(LAST - 1)

// The last-level table for va, or NULL. The common path: each level is written out, so that the
// compiler knows the shifts.
static __always_inline pte_t *pt_leaf_table(pte_t *root, unsigned long va)
{
	pte_t pte = root[pt_index(0, va)];

	_Static_assert(PT_LEVELS == 2 || PT_LEVELS == 3, "a step of the walk for each level");
	if (!pte_present(pte) || pte_leaf(pte, 0))
		return NULL;
	if (LAST == 2) {
		pte = pt_next(pte, 0)[pt_index(1, va)];
		if (!pte_present(pte) || pte_leaf(pte, 1))
			return NULL;
	}
	return pt_next(pte, LAST - 1);
}

// The last-level table if it covers the whole range (size > 0), else NULL.
static __always_inline pte_t *pt_one_table(pte_t *root, unsigned long va, unsigned long size)
{
	return (va ^ (va + size - 1)) < LEAF_SPAN ? pt_leaf_table(root, va) : NULL;
}

// The pages from va to the end of its last-level table, but not more than `most`.
static inline unsigned long pt_leaf_rest(unsigned long va, unsigned long most)
{
	return min((LEAF_SPAN - (va & (LEAF_SPAN - 1))) >> PAGE_SHIFT, most);
}

// The entry where the walk to va ends: a leaf, or one that is not present.
static inline pte_t *pt_find(pte_t *table, unsigned long va, int *level)
{
	for (*level = 0;; ++*level) {
		pte_t *slot = &table[pt_index(*level, va)];

		if (*level == LAST || !pte_present(*slot) || pte_leaf(*slot, *level))
			return slot;
		table = pt_next(*slot, *level);
	}
}

// Bytes from va to the end of the range of its entry at this level, but not more than `most`.
static inline u64 pt_rest(u64 va, int level, u64 most)
{
	const u64 span = pt_span(level);

	return min(span - (va & (span - 1)), most);
}

// Whether the range is page aligned, not empty, and does not wrap around.
static inline bool pt_range_ok(unsigned long va, unsigned long size)
{
	return size != 0 && IS_ALIGNED(va | size, PAGE_SIZE) && va + size - 1 >= va;
}

// Records a change of the entries of [start, start+size). gather NULL: the tables were never in use.
static inline void pt_gather_add(struct tlb_gather *gather, const pte_t *root, unsigned long start,
				 unsigned long size)
{
	if (gather)
		tlb_gather_add(gather, root, start, start + size - 1);
}

// Walks to va down to level *leaf and makes the missing tables. If there is a table at that level
// already, it goes down into it and uses its entries, because tables may be shared and must stay. Sets
// *leaf to the level reached. NULL: no memory. The returned entry may be present: then va is mapped
// already.
pte_t *pt_make_slot(pte_t *table, unsigned long va, int *leaf, pgprot_t prot, pt_alloc_fn alloc);

// Before a mapping: debug builds report a pending flush for the range.
static inline void pt_check_flushed(const pte_t *root, unsigned long va, unsigned long size,
				    unsigned long caller)
{
	if (CONFIG_DEBUG && tlb_notes > 0)
		tlb_check_mapping(root, va, va + size - 1, caller);
}
