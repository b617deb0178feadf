// SPDX-License-Identifier: MIT
// Roots of address spaces. All of them share the kernel's half: what is mapped there once is mapped
// under every root, at once, and a switch leaves its translations alone.
//
// In the formats with three levels one entry of the root covers the whole half: every root points to the
// same table. In those with two each root holds a copy of the kernel's entries: behind lowmem they point
// to tables that are all made at boot, so that only a change of a large page of lowmem has to reach the
// copies (pgd_sync_kernel()).
// Linux: pgd_alloc() of each architecture; vmalloc_fault() for what is not made at boot.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>

// A root with the kernel's half and nothing else. NULL: no memory. May sleep.
pte_t *pgd_alloc(void);

// Gives it back with all its tables below TASK_SIZE. NULL is fine. What pgd_alloc() did not give, and
// the root that is loaded, are reported and left alone. Any context but an interrupt.
void pgd_free(pte_t *root);

// From now on the CPU translates by this root, kernel_root included. Drops what the TLB has of user
// space, keeps the kernel's. Any context.
void pgd_load(pte_t *root);
pte_t *pgd_current(void);

// The kernel's entries of kernel_root have changed: takes them over into every root. Returns how many
// entries differed. The flush is the caller's. Any context.
unsigned long pgd_sync_kernel(void);

// Memory that the tables of all roots take, each counted once, in bytes. Any context.
unsigned long pgd_table_bytes(void);

// Roots there are beside kernel_root, and how often one was loaded; calls with wrong roots.
struct pgd_counters {
	unsigned long roots, loads, mistakes;
};
extern struct pgd_counters pgd_counters;
