// SPDX-License-Identifier: MIT
// The one page-table walker: maps, queries and lists mappings in every format. What takes away or
// changes lies in mm/pt_change.c.
//
// Owns, with it: the contents of all page tables; who has a pt_slot() writes that entry, no other.
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

// ---- Reading --------------------------------------------------------------------------------------

int pt_walk(const pte_t *root, unsigned long va, struct pt_step steps[PT_LEVELS])
{
	const pte_t *table = root;

	for (int level = 0;; level++) {
		struct pt_step *step = &steps[level];

		step->level = level;
		step->index = pt_index(level, va);
		step->pte = table[step->index];
		if (level == LAST || !pte_present(step->pte) || pte_leaf(step->pte, level))
			return level + 1;
		table = pt_next(step->pte, level);
	}
}

int pt_query(const pte_t *root, unsigned long va, phys_addr_t *pa, pgprot_t *prot)
{
	int level;
	pte_t pte = *pt_find((pte_t *)root, va, &level);

	if (!pte_present(pte))
		return -EFAULT;
	if (pa)
		*pa = pte_phys(pte, level) + (va & (pt_span(level) - 1));
	if (prot)
		*prot = pte_prot(pte, level);
	return level;
}

static bool run_continues(const struct pt_run *run, const struct pt_run *next)
{
	return run->level == next->level && run->prot == next->prot &&
	       run->va + run->size == next->va && run->pa + run->size == next->pa;
}

void pt_for_each_run(const pte_t *root, unsigned long start, unsigned long end,
		     bool (*visit)(const struct pt_run *run, void *arg), void *arg)
{
	struct pt_run run = { .size = 0 };
	const u64 stop = (u64)end + 1;
	u64 step;

	for (u64 va = start; va < stop; va += step) {
		int level;
		pte_t pte = *pt_find((pte_t *)root, va, &level);
		struct pt_run next;

		step = pt_rest(va, level, stop - va);
		if (!pte_present(pte))
			continue;
		next = (struct pt_run){ va, step,
					pte_phys(pte, level) + (va & (pt_span(level) - 1)),
					pte_prot(pte, level), level };
		if (run.size && run_continues(&run, &next)) {
			run.size += step;
			continue;
		}
		if (run.size && !visit(&run, arg))
			return;
		run = next;
	}
	if (run.size)
		visit(&run, arg);
}

// The tree below `table`, whose first entry covers `base`, as far as it lies in [start, end].
static void count_below(const pte_t *table, int level, unsigned long base, unsigned long start,
			unsigned long end, struct pt_count *count)
{
	count->tables[level]++;
	for (unsigned long i = 0; i < BIT(pt_levels[level].bits); i++) {
		const unsigned long va = base + i * pt_span(level);

		if (!pte_present(table[i]) || va > end || va + pt_span(level) - 1 < start)
			continue;
		if (pte_leaf(table[i], level))
			count->leaves[level]++;
		else
			count_below(pt_next(table[i], level), level + 1, va, start, end, count);
	}
}

void pt_count(const pte_t *root, unsigned long start, unsigned long end, struct pt_count *count)
{
	count_below(root, 0, 0, start, end, count);
}

void pt_prot_string(pgprot_t prot, char buf[16])
{
	char *p = buf;

	*p++ = 'r';
	*p++ = prot & PT_WRITE ? 'w' : '-';
	*p++ = prot & PT_EXEC ? 'x' : '-';
	*p++ = prot & PT_USER ? 'u' : '-';
	*p++ = prot & PT_GLOBAL ? 'g' : '-';
	*p++ = prot & PT_DEVICE ? 'd' : prot & PT_WC ? 'w' : '-';
	*p = '\0';
}
