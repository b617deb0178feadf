// SPDX-License-Identifier: MIT
// TLB flushes: gathered while entries change, issued once.
//
//   struct tlb_gather g;
//
//   tlb_gather_init(&g);
//   pt_unmap(kernel_root, va, size, &g);    // as many changes as belong together
//   tlb_gather_flush(&g);                   // only now may the frames go to somebody else
//
// Between the change and the flush an access through the old translation is a mistake that a CPU may
// or may not notice. Debug builds make it one that faults: see tlb_flush_at_once.
// Linux: include/asm-generic/tlb.h, arch/x86/mm/tlb.c.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>

// Up to so many pages are flushed one by one; for more, everything goes (Linux: 33 on x86).
#define TLB_FLUSH_PAGES_MAX 32

// What waits for its flush: one range that covers all of it, bounds inclusive. Owned by its caller.
struct tlb_gather {
	unsigned long start, last; // start > last: nothing
	unsigned long caller;      // is named when the address is used before the flush
};

// Where it was called.
unsigned long tlb_caller(void);

// Nothing waits yet. The caller is noted (debug builds); a wrapper may put its own into g->caller.
static __always_inline void tlb_gather_init(struct tlb_gather *g)
{
	g->start = ~0UL;
	g->last = 0;
	g->caller = CONFIG_DEBUG ? tlb_caller() : 0;
}

// For debug builds: see tlb_gather_add().
void tlb_note(const struct tlb_gather *g, const pte_t *root, unsigned long start,
	      unsigned long last);

// The entries of [start, last] of this root no longer say what the TLB may know. The functions of
// mm/pgtable.h call it; who stores an entry by itself (pt_slot()) must. Any context.
static inline void tlb_gather_add(struct tlb_gather *g, const pte_t *root, unsigned long start,
				  unsigned long last)
{
	if (start < g->start)
		g->start = start;
	if (last > g->last)
		g->last = last;
	if (CONFIG_DEBUG)
		tlb_note(g, root, start, last);
}

// Issues the flush for all that was gathered, and empties g. Any context.
void tlb_gather_flush(struct tlb_gather *g);

// Forgets translations of [start, end), or everything. end may be 0: the end of the address space.
// Any context.
void flush_tlb_kernel_range(unsigned long start, unsigned long end);
void flush_tlb_all(void);

// Flushes so far: of everything, of one page (Linux's names in /proc/vmstat).
struct tlb_counters {
	unsigned long nr_tlb_local_flush_all, nr_tlb_local_flush_one;
};
extern struct tlb_counters tlb_counters;

// ---- Use before the flush (debug builds) ---------------------------------------------------------

// Each range that is gathered is noted, and flushed at once too, so that any use before the official
// flush faults, and the oops can name who changed it. Set false where stale entries are wanted: on the
// host, whose TLB shows them to tests, and in the tests about stale entries.
extern bool tlb_flush_at_once;

// In words: "unmapped by f+0x10/0x20, not flushed yet"; empty when va does not wait for a flush.
// Returns the length. Any context.
int tlb_pending_describe(unsigned long va, char *buf, size_t size);

// Ranges that wait for their flush. Mappings made over one of them, all reported.
extern int tlb_notes;
extern unsigned long tlb_mistakes;

// Reports a mapping at [start, last] of this root that would meet old translations. mm/pgtable/pgtable.c asks.
void tlb_check_mapping(const pte_t *root, unsigned long start, unsigned long last,
		       unsigned long caller);
