// SPDX-License-Identifier: MIT
// The one page-table walker: maps, unmaps, queries and lists mappings in every format.
//
// Owns: the contents of all page tables; nobody else reads or writes an entry.
// Rules: no TLB flushes here. Runs with the MMU off too (boot/early.c), where __va() is the identity.
// Linux: mm/memory.c, mm/ioremap.c and lib/ioremap.c walk with p?d_offset() macros, each anew.

#include <abi/errno.h>
#include <mm/addr.h>
#include <mm/pgtable.h>

unsigned long pv_offset;

#define LAST (PT_LEVELS - 1)

// The table that an entry points to.
static pte_t *next_table(pte_t pte, int level)
{
	return __va((unsigned long)pte_phys(pte, level));
}

// Makes an empty entry point to a new table. False when there is no memory for one.
static bool extend(pte_t *slot, int level, pt_alloc_fn alloc)
{
	phys_addr_t table = alloc(pt_table_size(level + 1));

	if (table == 0)
		return false;
	pte_set(slot, pte_mk_table(table, level));
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

// Maps one page of leaf's size.
static int map_one(pte_t *table, unsigned long va, phys_addr_t pa, pgprot_t prot, int leaf,
		   pt_alloc_fn alloc)
{
	pte_t *slot;

	for (int level = 0; level < leaf; level++) {
		slot = &table[pt_index(level, va)];
		if (!pte_present(*slot) && !extend(slot, level, alloc))
			return -ENOMEM;
		if (pte_leaf(*slot, level))
			return -EEXIST;
		table = next_table(*slot, level);
	}
	slot = &table[pt_index(leaf, va)];
	if (pte_present(*slot))
		return -EEXIST;
	pte_set(slot, pte_mk_leaf(pa, prot, leaf));
	return 0;
}

static bool range_ok(unsigned long va, unsigned long size)
{
	return size != 0 && IS_ALIGNED(va | size, PAGE_SIZE) && va + size - 1 >= va;
}

static bool phys_ok(phys_addr_t pa, unsigned long size)
{
	return IS_ALIGNED(pa, PAGE_SIZE) && (u64)pa + size <= BIT_ULL(PHYS_BITS);
}

int pt_map(pte_t *root, unsigned long va, phys_addr_t pa, unsigned long size, pgprot_t prot,
	   pt_alloc_fn alloc)
{
	if (!range_ok(va, size) || !phys_ok(pa, size))
		return -EINVAL;
	while (size > 0) {
		int leaf = leaf_level(va, pa, size);
		int err = map_one(root, va, pa, prot, leaf, alloc);

		if (err)
			return err;
		va += pt_span(leaf);
		pa += pt_span(leaf);
		size -= pt_span(leaf);
	}
	return 0;
}

// The slot where the walk to va ends: a leaf, or an entry that is not present.
static pte_t *find_slot(pte_t *table, unsigned long va, int *level)
{
	for (*level = 0;; ++*level) {
		pte_t *slot = &table[pt_index(*level, va)];

		if (*level == LAST || !pte_present(*slot) || pte_leaf(*slot, *level))
			return slot;
		table = next_table(*slot, *level);
	}
}

// Bytes from va to the end of the entry that holds it, but not more than `most`.
static u64 rest_of_entry(u64 va, int level, u64 most)
{
	u64 span = pt_span(level);

	return min(span - (va & (span - 1)), most);
}

int pt_unmap(pte_t *root, unsigned long va, unsigned long size)
{
	if (!range_ok(va, size))
		return -EINVAL;
	while (size > 0) {
		int level;
		pte_t *slot = find_slot(root, va, &level);
		unsigned long step = rest_of_entry(va, level, size);

		if (pte_present(*slot)) {
			if (step != pt_span(level))
				return -EINVAL;
			pte_set(slot, 0);
		}
		va += step;
		size -= step;
	}
	return 0;
}

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
		table = next_table(step->pte, level);
	}
}

int pt_query(const pte_t *root, unsigned long va, phys_addr_t *pa, pgprot_t *prot)
{
	int level;
	pte_t pte = *find_slot((pte_t *)root, va, &level);

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
		pte_t pte = *find_slot((pte_t *)root, va, &level);
		struct pt_run next;

		step = rest_of_entry(va, level, stop - va);
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
