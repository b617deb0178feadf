// SPDX-License-Identifier: MIT
// Changes what is mapped: unmaps, changes rights, splits and merges large pages, frees empty tables.
//
// Rules: each change of a present entry is recorded in the gather before the caller may rely on it.
// pt_unmap() keeps the tables. Tables of the kernel's half are never freed, because other roots point
// to them.
// Linux: unmap_page_range(), change_protection() and free_pgtables() for user space, vunmap_range() and
// set_memory_ro() for the kernel, each with its own walk.

#include <abi/errno.h>

#include "pt_walk.h"

// Whether a large page is only partly in the range; possible only at its two ends.
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

// Clears `count` single entries from slot; the first maps va.
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

// Clears the large page at va, if any. Returns the bytes to the end of that page or of the hole.
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

// Unmaps a range that is not in one last-level table.
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

// ---- Rights --------------------------------------------------------------------------------------

// Replaces a large page with a table of smaller pages; frames and rights stay.
static int split_large_page(const pte_t *root, pte_t *slot, unsigned long va, int level,
			    pt_alloc_fn alloc, struct tlb_gather *gather)
{
	const unsigned long piece = pt_span(level + 1);
	const pgprot_t prot = pte_prot(*slot, level);
	phys_addr_t pa = pte_phys(*slot, level), table = alloc(pt_table_size(level + 1));
	pte_t *entry = __va((unsigned long)table);

	if (table == 0)
		return -ENOMEM;
	for (unsigned long i = 0; i < BIT(pt_levels[level + 1].bits); i++, pa += piece)
		pte_store(&entry[i], pte_mk_leaf(pa, prot, level + 1));
	pte_sync();
	pt_replace(slot, pte_mk_table(table, prot, level));
	pt_gather_add(gather, root, ALIGN_DOWN(va, pt_span(level)), pt_span(level));
	return 0;
}

int pt_protect(pte_t *root, unsigned long va, unsigned long size, pgprot_t prot, pt_alloc_fn alloc,
	       struct tlb_gather *gather)
{
	int err = pt_range_ok(va, size) ? 0 : -EINVAL;

	while (size > 0 && !err) {
		int level;
		pte_t *slot = pt_find(root, va, &level);
		const unsigned long step = pt_rest(va, level, size);
		pte_t pte;

		if (pte_present(*slot) && step < pt_span(level)) {
			err = split_large_page(root, slot, va, level, alloc, gather);
			continue;
		}
		pte = pte_mk_leaf(pte_phys(*slot, level), prot, level);
		if (pte_present(*slot) && *slot != pte) {
			pte_store(slot, pte);
			pt_gather_add(gather, root, va, step);
		}
		va += step;
		size -= step;
	}
	pte_sync();
	return err;
}

// Whether a table maps the frames of one large page, in order and with the same rights.
static bool is_uniform(const pte_t *table, unsigned long entries)
{
	const pte_t first = table[0];

	if (!pte_present(first) || !IS_ALIGNED(pte_phys(first, LAST), pt_span(LAST - 1)))
		return false;
	for (unsigned long i = 1; i < entries; i++)
		if (table[i] != (first | (pte_t)(i << PAGE_SHIFT)))
			return false;
	return true;
}

bool pt_merge(pte_t *root, unsigned long va, pt_free_fn free, struct tlb_gather *gather)
{
	pte_t *slot = root, *table = root, pte;
	int level = 0;

	for (; level < LAST; level++) {
		slot = &table[pt_index(level, va)];
		if (!pte_present(*slot) || pte_leaf(*slot, level))
			return false;
		table = pt_next(*slot, level);
	}
	pte = *slot;
	if (!pt_levels[LAST - 1].leaf || !is_uniform(table, BIT(pt_levels[LAST].bits)))
		return false;
	pt_replace(slot, pte_mk_leaf(pte_phys(*table, LAST), pte_prot(*table, LAST), LAST - 1));
	pt_gather_add(gather, root, ALIGN_DOWN(va, pt_span(LAST - 1)), pt_span(LAST - 1));
	if (gather)
		tlb_gather_flush(gather);
	free(pte_phys(pte, LAST - 1), pt_table_size(LAST));
	return true;
}

// ---- Tables --------------------------------------------------------------------------------------

// Tables that no entry points to any more. They must not be freed before the flush: the TLB also caches
// entries of upper levels.
struct dead_tables {
	pt_free_fn free;
	struct tlb_gather *gather;
	int count;
	struct {
		phys_addr_t pa;
		size_t size;
	} table[16];
};

static void bury(struct dead_tables *dead)
{
	if (dead->count > 0 && dead->gather) {
		// Flush everything: on some CPUs a flush of a page does not drop cached upper-level
		// entries.
		dead->gather->start = 0;
		dead->gather->last = ~0UL;
		tlb_gather_flush(dead->gather);
	}
	while (dead->count > 0) {
		dead->count--;
		dead->free(dead->table[dead->count].pa, dead->table[dead->count].size);
	}
}

static void kill_table(struct dead_tables *dead, pte_t *slot, int level)
{
	if (dead->count == ARRAY_SIZE(dead->table))
		bury(dead);
	dead->table[dead->count].pa = pte_phys(*slot, level);
	dead->table[dead->count++].size = pt_table_size(level + 1);
	pte_set(slot, 0);
}

// Frees the empty tables below `table`, whose first entry covers `base`. Returns whether `table` itself
// is empty. Recursion depth: PT_LEVELS - 1 at most.
static bool free_below(pte_t *table, int level, unsigned long base, unsigned long start,
		       unsigned long end, struct dead_tables *dead)
{
	bool empty = true;

	for (unsigned long i = 0; i < BIT(pt_levels[level].bits); i++) {
		const unsigned long va = base + i * pt_span(level), last = va + pt_span(level) - 1;
		pte_t *slot = &table[i];

		if (pte_present(*slot) && !pte_leaf(*slot, level) && va <= end && last >= start &&
		    free_below(pt_next(*slot, level), level + 1, va, start, end, dead) &&
		    va >= start && last <= end)
			kill_table(dead, slot, level);
		empty = empty && !pte_present(*slot);
	}
	return empty;
}

void pt_free_tables(pte_t *root, unsigned long start, unsigned long end, pt_free_fn free,
		    struct tlb_gather *gather)
{
	struct dead_tables dead = { .free = free, .gather = gather };

	free_below(root, 0, 0, start, end, &dead);
	bury(&dead);
}
