// SPDX-License-Identifier: MIT
// The page-table walker, one for all formats: maps. mm/pgtable/pt_change.c unmaps and changes,
// mm/pgtable/pt_read.c reads.
//
//   va 0xf8a34567 in each format: an index for each table, then the offset in the page
//
//   2+9+9+12   |11|111000101|000110100|010101100111|   root[3] -> [0x1c5] -> [0x34], byte 0x567
//   12+8+12    |111110001010|00110100|010101100111|    root[0xf8a] -> [0x34], byte 0x567
//   10+10+12   |1111100010|1000110100|010101100111|    root[0x3e2] -> [0x234], byte 0x567
//
//              entry     bytes of a table   large page, which ends the walk early
//   2+9+9+12   8 bytes   32, 4096, 4096     2 MB (level 1)   (Linux: CONFIG_ARM_LPAE, CONFIG_X86_PAE)
//   12+8+12    4 bytes   16384, 1024        1 MB (level 0)   short-descriptor
//   10+10+12   4 bytes   4096, 4096         4 MB (level 0)   two-level
//
// Owns, with them: the contents of all page tables. Only the caller of pt_slot() writes that entry.
// Rules: nothing here needs a TLB flush. Runs with the MMU off too (boot/early.c): __va() is then the
// identity.
// Linux: mm/memory.c, mm/ioremap.c and lib/ioremap.c, each with its own walk by p?d_offset() macros.

#include <abi/errno.h>

#include "pt_walk.h"

unsigned long pv_offset;

// Makes an empty entry point to a new table, for mappings like prot. False: no memory.
static bool extend(pte_t *slot, int level, pgprot_t prot, pt_alloc_fn alloc)
{
	phys_addr_t table = alloc(pt_table_size(level + 1));

	if (table == 0)
		return false;
	pte_set(slot, pte_mk_table(table, prot, level));
	return true;
}

// The highest level whose page size suits the alignment of both addresses and the rest of the size.
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

// Maps single pages of one table. Returns 0 or -EEXIST.
static int map_singles(pte_t *slot, phys_addr_t pa, unsigned long size, pgprot_t prot)
{
	const pte_t rights = pte_mk_leaf(0, prot, LAST);
	pte_t *const end = slot + (size >> PAGE_SHIFT);

	for (; slot < end && !pte_present(*slot); slot++, pa += PAGE_SIZE)
		pte_store(slot, rights | pa);
	pte_sync();
	return slot < end ? -EEXIST : 0;
}

// Maps pages of any size and makes the missing tables.
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
