// SPDX-License-Identifier: MIT
// Everything that reads or writes page tables, for all formats (geometry: arch/pt.h).
//
// A root is the table of level 0. None of these functions flushes the TLB: the caller knows what
// was there before. Locks: the caller serialises changes of one root; reading needs no lock.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>

// Gives a zeroed table of `size` bytes, aligned to its size: its physical address, or 0.
typedef phys_addr_t (*pt_alloc_fn)(size_t size);

static inline unsigned long pt_index(int level, unsigned long va)
{
	return (va >> pt_levels[level].shift) & (BIT(pt_levels[level].bits) - 1);
}

// Bytes of address space that one entry of this level covers.
static inline unsigned long pt_span(int level)
{
	return BIT(pt_levels[level].shift);
}

// Maps [va, va+size) to pa.., with the largest pages that alignment allows. All page aligned.
// Returns 0, -ENOMEM (no table to be had), -EINVAL (unaligned, empty or overflowing range, physical
// address beyond the format) or -EEXIST (something is mapped there; what came before stays mapped).
__must_check int pt_map(pte_t *root, unsigned long va, phys_addr_t pa, unsigned long size,
			pgprot_t prot, pt_alloc_fn alloc);

// Clears the leaf entries inside [va, va+size); a large page must lie in it whole, else -EINVAL.
__must_check int pt_unmap(pte_t *root, unsigned long va, unsigned long size);

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

// "rwx" letters of a protection: r, w or -, x or -, u or -, g or -, and the memory type.
void pt_prot_string(pgprot_t prot, char buf[16]);
