// SPDX-License-Identifier: MIT
// TLB flushes: collected while entries change, then issued once.
//
//   struct tlb_gather g;
//
//   tlb_gather_init(&g);
//   pt_unmap(kernel_root, va, size, &g);    // one or more changes
//   tlb_gather_flush(&g);                   // only now may the frames be reused
//
// Between the change and the flush, an access through the old translation is a bug that a CPU may or
// may not detect. Debug builds make it fault: see tlb_flush_at_once.
// Linux: include/asm-generic/tlb.h, arch/x86/mm/tlb.c.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>

// Up to this many pages are flushed one by one; above it, the whole TLB (Linux: 33 on x86).
#define TLB_FLUSH_PAGES_MAX 32

// The pending flush: one range that covers all changes, bounds inclusive. Owned by its caller.
struct tlb_gather {
	unsigned long start, last; // start > last: empty
	unsigned long caller;      // named if the address is used before the flush
};

// Returns the return address of this call.
unsigned long tlb_caller(void);

// Makes g empty. Debug builds note the caller; a wrapper may store its own caller in g->caller.
static __always_inline void tlb_gather_init(struct tlb_gather *g)
{
	g->start = ~0UL;
	g->last = 0;
	g->caller = CONFIG_DEBUG ? tlb_caller() : 0;
}

// For debug builds: see tlb_gather_add().
void tlb_note(const struct tlb_gather *g, const pte_t *root, unsigned long start,
	      unsigned long last);

// Records that entries of [start, last] of this root differ from what the TLB may hold. The functions
// of mm/pgtable.h call it; code that writes an entry itself (pt_slot()) must call it too. Any context.
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

// Flushes all recorded ranges and empties g. Any context.
void tlb_gather_flush(struct tlb_gather *g);

// Flushes the translations of [start, end), or all of them. end may be 0: the end of the address space.
// Any context.
void flush_tlb_kernel_range(unsigned long start, unsigned long end);
void flush_tlb_all(void);

// Flushes so far: full ones and single pages (Linux's names in /proc/vmstat).
struct tlb_counters {
	unsigned long nr_tlb_local_flush_all, nr_tlb_local_flush_one;
};
extern struct tlb_counters tlb_counters;

// ---- Use before the flush (debug builds) ---------------------------------------------------------

// Each recorded range is also noted and flushed at once. So any use before the official flush faults,
// and the oops can name the code that changed the entry. Set it to false where stale entries are
// wanted: on the host, where the simulated TLB shows them, and in the tests of stale entries.
extern bool tlb_flush_at_once;

// Describes a pending flush: "unmapped by f+0x10/0x20, not flushed yet"; empty if va has none. Returns
// the length. Any context.
int tlb_pending_describe(unsigned long va, char *buf, size_t size);

// Ranges with a pending flush; reports of mappings made over one.
extern int tlb_notes;
extern unsigned long tlb_mistakes;

// Reports a new mapping of [start, last] of this root if a flush is pending there. pt_map() and
// vm_slots_map() call it.
void tlb_check_mapping(const pte_t *root, unsigned long start, unsigned long last,
		       unsigned long caller);
