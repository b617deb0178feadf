// SPDX-License-Identifier: MIT
// The kernel's own mappings as rows of a table: boot maps from it, `pt` and the layout print it,
// a test checks the live page tables against it.
#pragma once

#include <arch/pt.h>
#include <mm/pgtable.h>

struct kmap_row {
	const char *name;
	const char *start, *end; // linked addresses: the linear map of the image
	pgprot_t prot;
	const char *guard; // what the hole below it is called
};

// The image: text, rodata, data, stacks. Between the stacks lie guard pages, which no row maps.
extern const struct kmap_row kernel_image_map[];
extern const int kernel_image_rows;

// A zeroed page table: from a pool in .bss at first (also with the MMU off), then from memblock.
// Returns its physical address or 0: a pt_alloc_fn.
phys_addr_t early_pt_alloc(size_t size);

// Maps all RAM of lowmem that memblock knows, read-write, around the image. Called once, by kmain.
void paging_init(void);
