// SPDX-License-Identifier: MIT
// Between the files of vmalloc.
#pragma once

#include <mm/vmalloc.h>

// get_vm_area_caller() for a request with these gfp flags: __GFP_NOWARN counts.
struct vm_struct *get_vm_area_gfp(unsigned long size, unsigned long flags, gfp_t gfp,
				  unsigned long caller);

// Reports what is wrong with an address that `func` was called with, by `caller`, and counts it.
void vm_area_mistake(const void *addr, const char *func, unsigned long caller, const char *mistake);

// Maps the pages of a whole area. Returns 0 or -ENOMEM (no memory for a page table).
__must_check int vm_area_map_pages(struct vm_struct *vm, struct page **pages, pgprot_t prot);

// Copies the lowest area that ends above va. False: there is none. Any context.
bool vm_area_copy_from(unsigned long va, struct vm_struct *copy);

// vmalloc for a caller that is named, with all flags told; vfree likewise.
void *vmalloc_at(unsigned long size, gfp_t gfp, unsigned long caller);
void vfree_at(const void *addr, unsigned long caller);

// Remembers an area that goes, for vmalloc_describe(). Needs the lock of all areas.
void vm_history_add(const struct vm_struct *vm);
