// SPDX-License-Identifier: MIT
// The one page-table walker: maps, in every format. mm/pgtable/pt_change.c unmaps and changes,
// mm/pgtable/pt_read.c reads.
//
// Owns, with them: the contents of all page tables; who has a pt_slot() writes that entry, no other.
// Rules: nothing here needs a TLB flush. Runs with the MMU off too (boot/early.c), where __va() is the identity.
// Linux: mm/memory.c, mm/ioremap.c and lib/ioremap.c walk with p?d_offset() macros, each anew.

#include <abi/errno.h>

#include "pt_walk.h"

unsigned long pv_offset;

// Makes an empty entry point to a new table, for mappings like prot. False when there is no memory for
// one.
static bool extend(pte_t *slot, int level, pgprot_t prot, pt_alloc_fn alloc)
{
	phys_addr_t table = alloc(pt_table_size(level + 1));

	if (table == 0)
		return false;
	pte_set(slot, pte_mk_table(table, prot, level));
	return true;
}

// The highest level whose page size fits to both addresses and to what is left to map.
static int leaf_level(unsigned long va, phys_addr_t pa, unsigned long size)
{
	for (int level = 0; level < LAST; level++) {
		unsigned long span = pt_span(level);

		if (pt_levels[level].leaf && size >= span &&
		    IS_ALIGNED(va | (unsigned long)pa, span))
			return level;
	}
	return LAST;
}

pte_t *pt_make_slot(pte_t *table, unsigned long va, int *leaf, pgprot_t prot, pt_alloc_fn alloc)
{
	for (int level = 0;; level++) {
		pte_t *slot = &table[pt_index(level, va)];

		if (level == LAST || (level >= *leaf && !pte_present(*slot)) ||
		    pte_leaf(*slot, level)) {
			*leaf = level;
			return slot;
		}
		if (!pte_present(*slot) && !(alloc && extend(slot, level, prot, alloc)))
			return NULL;
		table = pt_next(*slot, level);
	}
}

static bool phys_ok(phys_addr_t pa, unsigned long size)
{
	return IS_ALIGNED(pa, PAGE_SIZE) && (u64)pa + size <= BIT_ULL(PHYS_BITS);
}

// Single pages of one table. Returns 0 or -EEXIST.
static int map_singles(pte_t *slot, phys_addr_t pa, unsigned long size, pgprot_t prot)
{
	const pte_t rights = pte_mk_leaf(0, prot, LAST);
	pte_t *const end = slot + (size >> PAGE_SHIFT);

	for (; slot < end && !pte_present(*slot); slot++, pa += PAGE_SIZE)
		pte_store(slot, rights | pa);
	pte_sync();
	return slot < end ? -EEXIST : 0;
}

// Pages of any size, and tables that may have to be made.
static __noinline int map_slow(pte_t *root, unsigned long va, phys_addr_t pa, unsigned long size,
			       pgprot_t prot, pt_alloc_fn alloc)
{
	while (size > 0) {
		int leaf = leaf_level(va, pa, size);
		pte_t *slot = pt_make_slot(root, va, &leaf, prot, alloc);

		if (!slot)
			return -ENOMEM;
		if (pte_present(*slot))
			return -EEXIST;
		pte_set(slot, pte_mk_leaf(pa, prot, leaf));
		va += pt_span(leaf);
		pa += pt_span(leaf);
		size -= pt_span(leaf);
	}
	return 0;
}

int pt_map(pte_t *root, unsigned long va, phys_addr_t pa, unsigned long size, pgprot_t prot,
	   pt_alloc_fn alloc)
{
	pte_t *table;

	if (!pt_range_ok(va, size) || !phys_ok(pa, size))
		return -EINVAL;
	pt_check_flushed(root, va, size, __RETURN_ADDRESS);
	table = pt_one_table(root, va, size);
	if (table)
		return map_singles(&table[pt_index(LAST, va)], pa, size, prot);
	return map_slow(root, va, pa, size, prot, alloc);
}

pte_t *pt_slot(pte_t *root, unsigned long va, pt_alloc_fn alloc)
{
	int level = LAST;
	pte_t *slot = pt_make_slot(root, va, &level, 0, alloc);

	return slot && level == LAST ? slot : NULL;
}

int pt_make_tables(pte_t *root, unsigned long start, unsigned long end, pt_alloc_fn alloc)
{
	for (unsigned long i = pt_index(0, start); i <= pt_index(0, end); i++)
		if (!pte_present(root[i]) && !extend(&root[i], 0, 0, alloc))
			return -ENOMEM;
	return 0;
}
