// SPDX-License-Identifier: MIT
// Everything that reads or writes page tables, for all formats (geometry: arch/pt.h).
//
// A root is the table of level 0. New mappings need no TLB flush. Changed and removed ones are recorded
// in a struct tlb_gather, which its owner flushes (mm/tlb.h); gather may be NULL for tables that no CPU
// has ever used. Locks: the caller serialises changes of one range. Changes of different ranges need no
// lock: tables are only added, and those of the kernel's half are never freed. Reads need no lock. Any
// context, if the pt_alloc_fn allows it.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>

struct page;
struct tlb_gather;

// Allocates a zeroed table of `size` bytes, aligned to its size. Returns its physical address, or 0.
typedef phys_addr_t (*pt_alloc_fn)(size_t size);
typedef void (*pt_free_fn)(phys_addr_t table, size_t size);

static inline unsigned long pt_index(int level, unsigned long va)
{
	return (va >> pt_levels[level].shift) & (BIT(pt_levels[level].bits) - 1);
}

// Bytes of address space that one entry of this level covers.
static inline unsigned long pt_span(int level)
{
	return BIT(pt_levels[level].shift);
}

// ---- One entry of a single page, by Linux's names ---------------------------------------------------

static inline pfn_t pte_pfn(pte_t pte)
{
	return (pfn_t)(pte_phys(pte, PT_LEVELS - 1) >> PAGE_SHIFT);
}

static inline pte_t pfn_pte(pfn_t pfn, pgprot_t prot)
{
	return pte_mk_leaf((phys_addr_t)pfn << PAGE_SHIFT, prot, PT_LEVELS - 1);
}

static inline bool pte_write(pte_t pte)
{
	return pte_prot(pte, PT_LEVELS - 1) & PT_WRITE;
}

static inline bool pte_exec(pte_t pte)
{
	return pte_prot(pte, PT_LEVELS - 1) & PT_EXEC;
}

static inline bool pte_user(pte_t pte)
{
	return pte_prot(pte, PT_LEVELS - 1) & PT_USER;
}

// ---- Mapping and unmapping --------------------------------------------------------------------------

// Maps [va, va+size) to [pa, pa+size), with the largest pages that alignment and existing tables allow.
// va, pa and size are page aligned. Returns 0, -ENOMEM (no memory for a table), -EINVAL (unaligned,
// empty or overflowing range, or a physical address too high for the format) or -EEXIST (part of the
// range is mapped already; the pages before it stay mapped).
__must_check int pt_map(pte_t *root, unsigned long va, phys_addr_t pa, unsigned long size,
			pgprot_t prot, pt_alloc_fn alloc);

// Returns the entry of the single page at va, and makes the missing tables (with alloc NULL it makes
// none). NULL if there is no table, or a large page. The entries of one table are contiguous. To write
// one, use pte_set(slot, pte_mk_leaf(pa, prot, PT_LEVELS - 1)), or pte_set(slot, 0) and
// tlb_gather_add().
pte_t *pt_slot(pte_t *root, unsigned long va, pt_alloc_fn alloc);

// Clears the leaf entries in [va, va+size); unmapped parts are allowed, and the tables stay. Returns 0,
// or -EINVAL (bad range, or a large page only partly inside it: then nothing has changed).
__must_check int pt_unmap(pte_t *root, unsigned long va, unsigned long size,
			  struct tlb_gather *gather);

// Sets rights and memory type of all mapped pages in [va, va+size); unmapped parts are skipped. A large
// page only partly inside the range is split; each piece keeps its frame. Returns 0, -EINVAL (bad
// range) or -ENOMEM (no table for a split; the pages before it have changed).
__must_check int pt_protect(pte_t *root, unsigned long va, unsigned long size, pgprot_t prot,
			    pt_alloc_fn alloc, struct tlb_gather *gather);

// Merges the single pages around va into one large page, if they are contiguous frames with the same
// rights: the reverse of a split. The table goes to free(), after a flush if gather is given. Returns
// whether it merged.
bool pt_merge(pte_t *root, unsigned long va, pt_free_fn free, struct tlb_gather *gather);

// Frees the empty tables whose whole range is in [start, end] (end inclusive), but never the root. They
// go to free(): after a full flush if gather is given, otherwise at once.
void pt_free_tables(pte_t *root, unsigned long start, unsigned long end, pt_free_fn free,
		    struct tlb_gather *gather);

// One step of a walk: the entry found, and at which level.
struct pt_step {
	int level;
	unsigned long index;
	pte_t pte;
};

// Walks to va and stores each step, root first. Returns the number of steps (1..PT_LEVELS); the last
// one is a leaf or not present.
int pt_walk(const pte_t *root, unsigned long va, struct pt_step steps[PT_LEVELS]);

// Finds the mapping of va. Returns the leaf's level, or -EFAULT; *pa is the address of that byte.
// pa and prot may be NULL.
int pt_query(const pte_t *root, unsigned long va, phys_addr_t *pa, pgprot_t *prot);

// A run of leaves that are contiguous in va and pa, with the same rights and page size.
struct pt_run {
	unsigned long va, size;
	phys_addr_t pa;
	pgprot_t prot;
	int level;
};

// Calls visit for each run in [start, end] (end inclusive), in ascending order; stops when it returns
// false.
void pt_for_each_run(const pte_t *root, unsigned long start, unsigned long end,
		     bool (*visit)(const struct pt_run *run, void *arg), void *arg);

// Counts the tables and leaves of each level for [start, end] (end inclusive), the root's table
// included.
struct pt_count {
	unsigned long tables[PT_LEVELS], leaves[PT_LEVELS];
};
void pt_count(const pte_t *root, unsigned long start, unsigned long end, struct pt_count *count);

// Makes a table for each root entry of [start, end] that has neither a table nor a large page. Returns
// 0 or -ENOMEM.
__must_check int pt_make_tables(pte_t *root, unsigned long start, unsigned long end,
				pt_alloc_fn alloc);

// The letters of a protection: r, w or -, x or -, u or -, g or -, and the memory type: d (device), w
// (WC) or -.
void pt_prot_string(pgprot_t prot, char buf[16]);

// ---- As text --------------------------------------------------------------------------------------

// Prints a line per level of the walk to va: the entry and its meaning. Any context.
void pt_show_walk(const pte_t *root, unsigned long va, void (*line)(const char *text, void *arg),
		  void *arg);

// Describes an entry: its place, its value, and what it maps. If it is not present: what it would map
// with the present bit. Any context.
void pt_show_entry(const struct pt_step *step, char *buf, size_t size);

// Prints a line per run: range, size, page size, rights, physical address, area; then the number of
// tables and leaves of each level.
void pt_show_runs(const pte_t *root, void (*line)(const char *text, void *arg), void *arg);
