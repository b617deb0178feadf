// SPDX-License-Identifier: MIT
// Everything that reads or writes page tables, for all formats (geometry: arch/pt.h).
//
// A root is the table of level 0. What becomes mapped needs no TLB flush; what changes or goes is told
// to a struct tlb_gather, which its owner flushes (mm/tlb.h). gather may be NULL for tables that no CPU
// has ever used. Locks: the caller serialises changes of one range; tables are only made, and for the
// kernel's half never freed, so that different ranges do not meet; reading needs no lock.
// All of it works in any context, as far as the given pt_alloc_fn does.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>

struct page;
struct tlb_gather;

// Gives a zeroed table of `size` bytes, aligned to its size: its physical address, or 0.
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

// Maps [va, va+size) to pa.., with the largest pages that alignment allows and that no table is in the
// way of. All page aligned.
// Returns 0, -ENOMEM (no table to be had), -EINVAL (unaligned, empty or overflowing range, physical
// address beyond the format) or -EEXIST (something is mapped there; what came before stays mapped).
__must_check int pt_map(pte_t *root, unsigned long va, phys_addr_t pa, unsigned long size,
			pgprot_t prot, pt_alloc_fn alloc);

// The entry of the single page at va, with the tables on the way made (alloc NULL: only found). NULL
// when there is no table, or a large page. The entries of one table follow each other. A write is
// pte_set(slot, pte_mk_leaf(pa, prot, PT_LEVELS - 1)), or pte_set(slot, 0) and tlb_gather_add().
pte_t *pt_slot(pte_t *root, unsigned long va, pt_alloc_fn alloc);

// Clears the leaf entries inside [va, va+size); what is not mapped stays so. Tables stay. Returns 0, or
// -EINVAL (bad range, or a large page sticks out of it: then nothing has changed).
__must_check int pt_unmap(pte_t *root, unsigned long va, unsigned long size,
			  struct tlb_gather *gather);

// Gives what is mapped in [va, va+size) these rights and this memory type; skips what is not mapped.
// A large page that sticks out of the range is split: each piece keeps its frame. Returns 0, -EINVAL
// (bad range) or -ENOMEM (no table for a split: what came before has changed).
__must_check int pt_protect(pte_t *root, unsigned long va, unsigned long size, pgprot_t prot,
			    pt_alloc_fn alloc, struct tlb_gather *gather);

// Makes one large page of the single pages around va, when they are one block of frames with the same
// rights: the reverse of a split. The table goes to free(), after a flush when gather is given.
// Returns whether it did.
bool pt_merge(pte_t *root, unsigned long va, pt_free_fn free, struct tlb_gather *gather);

// Frees the tables that cover nothing but parts of [start, end] (end inclusive; the root is never one)
// and in which nothing is mapped. Their frames go to free() after a flush of everything when gather is
// given, at once when not.
void pt_free_tables(pte_t *root, unsigned long start, unsigned long end, pt_free_fn free,
		    struct tlb_gather *gather);

// One step of a walk: the entry found, and at which level.
struct pt_step {
	int level;
	unsigned long index;
	pte_t pte;
};

// Walks to va and writes each step, root first. Returns how many steps there were (1..PT_LEVELS);
// the last is a leaf or not present.
int pt_walk(const pte_t *root, unsigned long va, struct pt_step steps[PT_LEVELS]);

// What va is mapped to. Returns the leaf's level, or -EFAULT; *pa is the address of the very byte.
// pa and prot may be NULL.
int pt_query(const pte_t *root, unsigned long va, phys_addr_t *pa, pgprot_t *prot);

// A run of leaves next to each other in va and pa, with the same rights and page size.
struct pt_run {
	unsigned long va, size;
	phys_addr_t pa;
	pgprot_t prot;
	int level;
};

// Calls visit for each run in [start, end] (end inclusive), ascending; stops early when it returns
// false.
void pt_for_each_run(const pte_t *root, unsigned long start, unsigned long end,
		     bool (*visit)(const struct pt_run *run, void *arg), void *arg);

// Tables and leaves of each level that [start, end] (end inclusive) leads to, the root's table included.
struct pt_count {
	unsigned long tables[PT_LEVELS], leaves[PT_LEVELS];
};
void pt_count(const pte_t *root, unsigned long start, unsigned long end, struct pt_count *count);

// Makes the tables behind the root's entries for [start, end], where neither a table nor a large page
// is. Returns 0 or -ENOMEM.
__must_check int pt_make_tables(pte_t *root, unsigned long start, unsigned long end,
				pt_alloc_fn alloc);

// "rwx" letters of a protection: r, w or -, x or -, u or -, g or -, and the memory type.
void pt_prot_string(pgprot_t prot, char buf[16]);

// ---- As text --------------------------------------------------------------------------------------

// One line per level of the walk to va: entry, and what it says. Any context.
void pt_show_walk(const pte_t *root, unsigned long va, void (*line)(const char *text, void *arg),
		  void *arg);

// One entry in words: its place, its value, and what it maps; of one that is not present, what it would map
// but for that bit. Any context.
void pt_show_entry(const struct pt_step *step, char *buf, size_t size);

// One line per run of equal mappings: range, size, page size, rights, physical address, area; then
// how many tables and leaves each level has.
void pt_show_runs(const pte_t *root, void (*line)(const char *text, void *arg), void *arg);
