// SPDX-License-Identifier: MIT
// The steps of the one walker: for the files of mm/pgtable/.
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

// What one table of single pages covers.
#define LEAF_SPAN pt_span(LAST - 1)

// The table of single pages that va lies in, or NULL. The common way, each level written out: the
// compiler knows its numbers.
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

// That table when it holds the whole range (size > 0) as single pages, else NULL.
static __always_inline pte_t *pt_one_table(pte_t *root, unsigned long va, unsigned long size)
{
	return (va ^ (va + size - 1)) < LEAF_SPAN ? pt_leaf_table(root, va) : NULL;
}

// The pages from va to the end of the table of single pages it lies in, but not more than `most`.
static inline unsigned long pt_leaf_rest(unsigned long va, unsigned long most)
{
	return min((LEAF_SPAN - (va & (LEAF_SPAN - 1))) >> PAGE_SHIFT, most);
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

// Entries that map [start, start+size) have changed. gather NULL: nobody has ever used them.
static inline void pt_gather_add(struct tlb_gather *gather, const pte_t *root, unsigned long start,
				 unsigned long size)
{
	if (gather)
		tlb_gather_add(gather, root, start, start + size - 1);
}

// Where the walk to va meets `leaf`, with the tables on the way made. A table that stands there already
// is gone down: its single pages are used instead, since tables may be shared and stay. *leaf tells the
// level reached. NULL: no memory. An entry that is present is in the way.
pte_t *pt_make_slot(pte_t *table, unsigned long va, int *leaf, pgprot_t prot, pt_alloc_fn alloc);

// What may still be in the TLB for a range that is about to be mapped.
static inline void pt_check_flushed(const pte_t *root, unsigned long va, unsigned long size,
				    unsigned long caller)
{
	if (CONFIG_DEBUG && tlb_notes > 0)
		tlb_check_mapping(root, va, va + size - 1, caller);
}
