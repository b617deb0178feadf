// SPDX-License-Identifier: MIT
// Roots of address spaces. All share the kernel's half: a kernel mapping is visible under every root at
// once, and a switch keeps its translations in the TLB.
//
// In the three-level formats one root entry covers the whole half: every root points to the same table.
// In the two-level formats each root holds a copy of the kernel's entries. Above lowmem these point to
// tables that boot makes; so only a change of a large page in lowmem must be copied to every root
// (pgd_sync_kernel()).
// Linux: pgd_alloc() of each architecture; vmalloc_fault() for tables that boot does not make.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>

// Allocates a root that maps only the kernel's half. NULL: no memory. May sleep.
pte_t *pgd_alloc(void);

// Frees a root and all its tables below TASK_SIZE. NULL does nothing. A root that is not from
// pgd_alloc(), or that is loaded, is reported and stays. Not in interrupts.
void pgd_free(pte_t *root);

// Makes the CPU translate by this root; kernel_root is allowed. Flushes the user space's TLB entries
// and keeps the kernel's. Any context.
void pgd_load(pte_t *root);
pte_t *pgd_current(void);

// Copies the kernel's entries of kernel_root into every root, after a change. Returns how many entries
// differed. The caller flushes. Any context.
unsigned long pgd_sync_kernel(void);

// The bytes of the page tables of all roots, each counted once. Any context.
unsigned long pgd_table_bytes(void);

// The roots besides kernel_root, the loads, and the calls with wrong roots.
struct pgd_counters {
	unsigned long roots, loads, mistakes;
};
extern struct pgd_counters pgd_counters;
