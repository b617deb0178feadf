// SPDX-License-Identifier: MIT
// Takes mappings away. Tables stay (mm/pgtable/pt_free.c).
//
// Rules, here and in mm/pgtable/pt_protect.c: every entry that was present and is changed is told to the gather
// before anyone may rely on the change.
// Linux: unmap_page_range() for user space, vunmap_range() for the kernel, each with a walk of its own.

#include <abi/errno.h>

#include "pt_walk.h"

// Whether a large page sticks out of the range; only at its two ends it could.
static bool cuts_large_page(pte_t *root, unsigned long va, unsigned long size)
{
	const unsigned long end = va + size;
	int level;
	const pte_t *slot = pt_find(root, va, &level);

	if (level < LAST && pte_present(*slot) && pt_rest(va, level, size) != pt_span(level))
		return true;
	if (end == 0)
		return false;
	slot = pt_find(root, end, &level);
	return pte_present(*slot) && !IS_ALIGNED(end, pt_span(level));
}

// Clears `count` single entries from slot on, which map va and what follows.
static inline void clear_slots(const pte_t *root, pte_t *slot, unsigned long va,
			       unsigned long count, struct tlb_gather *gather)
{
	pte_t *first = NULL, *last = NULL;

	for (pte_t *s = slot; s < slot + count; s++) {
		if (unlikely(!pte_present(*s)))
			continue;
		pte_store(s, 0);
		if (!first)
			first = s;
		last = s;
	}
	if (first)
		pt_gather_add(gather, root, va + (first - slot) * PAGE_SIZE,
			      (last - first + 1) * PAGE_SIZE);
}

// Clears the large page at va, if there is one. Returns how many bytes it, or nothing, covers.
static unsigned long clear_large(pte_t *root, unsigned long va, unsigned long size,
				 struct tlb_gather *gather)
{
	int level;
	pte_t *slot = pt_find(root, va, &level);
	const unsigned long step = pt_rest(va, level, size);

	if (pte_present(*slot)) {
		pte_store(slot, 0);
		pt_gather_add(gather, root, va, step);
	}
	return step;
}

// What does not lie in one table.
static __noinline int unmap_slow(pte_t *root, unsigned long va, unsigned long size,
				 struct tlb_gather *gather)
{
	if (cuts_large_page(root, va, size))
		return -EINVAL;
	while (size > 0) {
		pte_t *table = pt_leaf_table(root, va);
		unsigned long step;

		if (likely(table)) {
			const unsigned long n = pt_leaf_rest(va, size >> PAGE_SHIFT);

			clear_slots(root, &table[pt_index(LAST, va)], va, n, gather);
			step = n << PAGE_SHIFT;
		} else {
			step = clear_large(root, va, size, gather);
		}
		va += step;
		size -= step;
	}
	pte_sync();
	return 0;
}

int pt_unmap(pte_t *root, unsigned long va, unsigned long size, struct tlb_gather *gather)
{
	pte_t *table;

	if (!pt_range_ok(va, size))
		return -EINVAL;
	table = pt_one_table(root, va, size);
	if (!table)
		return unmap_slow(root, va, size, gather);
	clear_slots(root, &table[pt_index(LAST, va)], va, size >> PAGE_SHIFT, gather);
	pte_sync();
	return 0;
}
