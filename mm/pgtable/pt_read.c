// SPDX-License-Identifier: MIT
// What is mapped: one walk step by step, one address, runs of mappings, counts.
//
// Rules: reads only, without a lock.
// Linux: mm/ptdump.c, mm/pagewalk.c.

#include <abi/errno.h>

#include "pt_walk.h"

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
