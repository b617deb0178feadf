// SPDX-License-Identifier: MIT
// The kernel's own mappings as a table. Boot maps from it, the monitor's `pt` and the layout print it,
// and a test compares it with the live page tables.
#pragma once

#include <arch/pt.h>
#include <mm/pgtable.h>

struct kmap_row {
	const char *name;
	const char *start, *end; // linked addresses: the image's place in the linear map
	pgprot_t prot;
	const char *guard; // name of the unmapped gap below it
};

// The image: text, rodata, data, stacks. The guard pages between the stacks are in no row.
extern const struct kmap_row kernel_image_map[];
extern const int kernel_image_rows;

// Allocates a zeroed page table: first from a pool in .bss (also with the MMU off), then from memblock
// or the page allocator. Returns its physical address or 0: a pt_alloc_fn.
phys_addr_t early_pt_alloc(size_t size);

// Maps all lowmem RAM in memblock read-write, except the image. Called once, by kmain.
void paging_init(void);
