// SPDX-License-Identifier: MIT
// TLB flushes: one range for each gather, page by page or everything. Debug builds also note the
// changes that are not flushed yet.
//
// Owns: the counters, the notes. Rules: any context. Only this file and start-up call the arch's
// tlb_flush_*(), so that every flush is counted; the exception is kunmap_local(), whose flushes are not
// counted.
// Linux: flush_tlb_kernel_range() and flush_tlb_func() in arch/x86/mm/tlb.c. Linux does not report a
// use before the flush.

#include <kernel/oops.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>
#include <lib/format.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>

struct tlb_counters tlb_counters;
bool tlb_flush_at_once = CONFIG_DEBUG;
unsigned long tlb_mistakes;

// If there are more, the oldest note is lost; a use of its range still faults.
#define NOTES 64

struct note {
	const pte_t *root;
	unsigned long start, last;
	unsigned long caller;
};

// Locks: [n] notes.lock
int tlb_notes; // [n] in use, oldest first; not in the struct, for code that runs with the MMU off
static struct {
	struct spinlock lock;
	struct note note[NOTES]; // [n]
} notes;

// ---- Flushing ------------------------------------------------------------------------------------

static void flush_range(unsigned long start, unsigned long last)
{
	unsigned long pages = (last >> PAGE_SHIFT) - (start >> PAGE_SHIFT) + 1;

	if (pages > TLB_FLUSH_PAGES_MAX) {
		tlb_counters.nr_tlb_local_flush_all++;
		tlb_flush_all();
		return;
	}
	tlb_counters.nr_tlb_local_flush_one += pages;
	for (start &= PAGE_MASK; pages > 0; pages--, start += PAGE_SIZE)
		tlb_flush_page(start);
}

// ---- Notes ---------------------------------------------------------------------------------------

static void remove_note(struct note *n)
{
	const struct note *end = &notes.note[tlb_notes--];

	for (; n + 1 < end; n++)
		*n = n[1];
}

// A note of the same root and caller whose range touches or overlaps this one; NULL: none.
static struct note *neighbour(const pte_t *root, unsigned long start, unsigned long last,
			      unsigned long caller)
{
	for (struct note *n = notes.note; n < notes.note + tlb_notes; n++)
		if (n->root == root && n->caller == caller && start - 1 <= n->last &&
		    last >= n->start - 1)
			return n;
	return NULL;
}

void tlb_note(const struct tlb_gather *g, const pte_t *root, unsigned long start,
	      unsigned long last)
{
	unsigned long flags = spin_lock_irqsave(&notes.lock);
	struct note *n = neighbour(root, start, last, g->caller);

	if (n) {
		n->start = min(n->start, start);
		n->last = max(n->last, last);
	} else {
		if (tlb_notes == NOTES)
			remove_note(notes.note);
		notes.note[tlb_notes++] = (struct note){ root, start, last, g->caller };
	}
	spin_unlock_irqrestore(&notes.lock, flags);
	// Not counted: release builds have no such flush.
	if (!tlb_flush_at_once)
		return;
	if (last - start >= TLB_FLUSH_PAGES_MAX * PAGE_SIZE) {
		tlb_flush_all();
		return;
	}
	for (u64 va = start; va <= last; va += PAGE_SIZE)
		tlb_flush_page((unsigned long)va);
}

// [start, last] was flushed: removes it from the notes. A note that extends past both ends stays.
static void drop_notes(unsigned long start, unsigned long last)
{
	unsigned long flags = spin_lock_irqsave(&notes.lock);

	for (int i = tlb_notes - 1; i >= 0; i--) {
		struct note *n = &notes.note[i];

		if (n->last < start || n->start > last)
			continue;
		if (n->start >= start && n->last <= last)
			remove_note(n);
		else if (n->start >= start)
			n->start = last + 1;
		else if (n->last <= last)
			n->last = start - 1;
	}
	spin_unlock_irqrestore(&notes.lock, flags);
}

// root NULL: any root.
static const struct note *find_tlb_note(const pte_t *root, unsigned long start, unsigned long last)
{
	for (const struct note *n = notes.note; n < notes.note + tlb_notes; n++)
		if (n->start <= last && n->last >= start && (!root || n->root == root))
			return n;
	return NULL;
}

int tlb_pending_describe(unsigned long va, char *buf, size_t size)
{
	const struct note *n = find_tlb_note(NULL, va, va);

	if (size > 0)
		*buf = '\0';
	if (!n)
		return 0;
	return scnprintf(buf, size, "%s by %pS, not flushed yet",
			 pt_query(n->root, va, NULL, NULL) < 0 ? "unmapped" : "changed",
			 (void *)n->caller);
}

void tlb_check_mapping(const pte_t *root, unsigned long start, unsigned long last,
		       unsigned long caller)
{
	const struct note *n = find_tlb_note(root, start, last);

	if (!n)
		return;
	tlb_mistakes++;
	pr_err("BUG: %pS maps %08lx-%08lx, but %08lx-%08lx, changed by %pS, is not flushed yet\n",
	       (void *)caller, start, last, n->start, n->last, (void *)n->caller);
	dump_stack(NULL);
}

// ---- Interface -----------------------------------------------------------------------------------

unsigned long tlb_caller(void)
{
	return __RETURN_ADDRESS;
}

void tlb_gather_flush(struct tlb_gather *g)
{
	if (g->start > g->last)
		return;
	flush_range(g->start, g->last);
	if (CONFIG_DEBUG)
		drop_notes(g->start, g->last);
	g->start = ~0UL;
	g->last = 0;
}

void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	if (start == end)
		return;
	flush_range(start, end - 1);
	if (CONFIG_DEBUG)
		drop_notes(start, end - 1);
}

void flush_tlb_all(void)
{
	tlb_counters.nr_tlb_local_flush_all++;
	tlb_flush_all();
	if (CONFIG_DEBUG)
		drop_notes(0, ~0UL);
}
