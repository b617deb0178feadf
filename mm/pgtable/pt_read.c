// SPDX-License-Identifier: MIT
// Reads page tables: a walk step by step, one address, runs of mappings, counts; and prints them.
//
// Rules: only reads, without a lock.
// Linux: mm/pagewalk.c, mm/ptdump.c, show_pte() of each architecture.

#include <abi/errno.h>
#include <lib/format.h>
#include <lib/seq_buf.h>
#include <mm/layout.h>
#include <mm/pgtable.h>

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

// Counts the tree below `table`, whose first entry covers `base`, within [start, end].
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

// ---- As text -------------------------------------------------------------------------------------

// "2 MB", "4 kB"
static void size_string(char *buf, size_t size, unsigned long bytes)
{
	if (bytes % SZ_1M == 0)
		snprintf(buf, size, "%lu MB", bytes / SZ_1M);
	else
		snprintf(buf, size, "%lu kB", bytes / SZ_1K);
}

static void show_entry(pte_t pte, int level, struct seq_buf *s)
{
	const u64 pa = pte_phys(pte, level);
	char prot[16], span[16];

	if (!pte_leaf(pte, level)) {
		seq_buf_printf(s, "table at %#llx", pa);
		return;
	}
	pt_prot_string(pte_prot(pte, level), prot);
	size_string(span, sizeof(span), pt_span(level));
	seq_buf_printf(s, "%s at %#llx %s", span, pa, prot);
}

void pt_show_entry(const struct pt_step *step, char *buf, size_t size)
{
	struct seq_buf s;

	seq_buf_init(&s, buf, size);
	seq_buf_printf(&s, "%-8s [%3lu] = %0*llx  ", pt_levels[step->level].name, step->index,
		       (int)sizeof(pte_t) * 2, (u64)step->pte);
	if (pte_present(step->pte)) {
		show_entry(step->pte, step->level, &s);
		return;
	}
	seq_buf_printf(&s, "not present");
	if (step->pte == 0)
		return;
	seq_buf_printf(&s, "; but for that bit: ");
	show_entry(pte_mk_present(step->pte, step->level), step->level, &s);
}

void pt_show_walk(const pte_t *root, unsigned long va, void (*line)(const char *text, void *arg),
		  void *arg)
{
	struct pt_step steps[PT_LEVELS];
	int n = pt_walk(root, va, steps);
	char text[128], entry[112];

	scnprintf(text, sizeof(text), "Page walk of %08lx (" PT_FORMAT ", %s):", va,
		  address_area(va));
	line(text, arg);
	for (int i = 0; i < n; i++) {
		pt_show_entry(&steps[i], entry, sizeof(entry));
		scnprintf(text, sizeof(text), "  %s", entry);
		line(text, arg);
	}
}

struct run_printer {
	void (*line)(const char *text, void *arg);
	void *arg;
};

static bool show_run(const struct pt_run *run, void *arg)
{
	const struct run_printer *p = arg;
	const char *first = address_area(run->va), *last = address_area(run->va + run->size - 1);
	char text[144], prot[16], pages[16];

	pt_prot_string(run->prot, prot);
	size_string(pages, sizeof(pages), pt_span(run->level));
	scnprintf(text, sizeof(text), "%08lx-%08lx %8lu kB  %s  %s pages at %#llx  %s%s%s", run->va,
		  run->va + run->size - 1, run->size / SZ_1K, prot, pages, (u64)run->pa, first,
		  first == last ? "" : " to ", first == last ? "" : last);
	p->line(text, p->arg);
	return true;
}

// Prints "level 2: 1 tables of 4096 bytes, 446 entries map 2 MB each", a line for each level.
static void show_table_counts(const pte_t *root, void (*line)(const char *text, void *arg),
			      void *arg)
{
	struct pt_count count = { 0 };
	char text[112], span[16];

	pt_count(root, 0, ~0UL, &count);
	for (int level = 0; level < PT_LEVELS; level++) {
		struct seq_buf s;

		seq_buf_init(&s, text, sizeof(text));
		seq_buf_printf(&s, "%s: %lu tables of %zu bytes", pt_levels[level].name,
			       count.tables[level], pt_table_size(level));
		size_string(span, sizeof(span), pt_span(level));
		if (pt_levels[level].leaf)
			seq_buf_printf(&s, ", %lu entries map %s each", count.leaves[level], span);
		line(text, arg);
	}
}

void pt_show_runs(const pte_t *root, void (*line)(const char *text, void *arg), void *arg)
{
	struct run_printer p = { line, arg };

	pt_for_each_run(root, 0, ~0UL, show_run, &p);
	show_table_counts(root, line, arg);
}
