// SPDX-License-Identifier: MIT
// Shared by the files of vmalloc.
#pragma once

#include <mm/vmalloc.h>

struct tlb_gather;

// get_vm_area_caller() with gfp flags; only __GFP_NOWARN matters.
struct vm_struct *get_vm_area_gfp(unsigned long size, unsigned long flags, gfp_t gfp,
				  unsigned long caller);

// Reports and counts a wrong address that `caller` passed to `func`.
void vm_area_mistake(const void *addr, const char *func, unsigned long caller, const char *mistake);

// The entry of va in the vmalloc range; makes its table if needed. NULL: no memory, or a large page.
// (mm/vmalloc/vm_slots.c)
pte_t *vm_slot(unsigned long va);

// Unmaps count pages from va, small or large. The caller flushes.
void vm_slots_unmap(unsigned long va, unsigned long count, struct tlb_gather *gather);

// Drops the spare area. Any context.
void vm_area_drop_spare(void);
// Sets whether a spare area is kept.
void vm_area_keep_spare(bool keep);

// Copies the lowest area that ends above va. False: none. Any context.
bool vm_area_copy_from(unsigned long va, struct vm_struct *copy);

// vmalloc() with gfp flags, and vfree(), for the given caller.
void *vmalloc_at(unsigned long size, gfp_t gfp, unsigned long caller);
void vfree_at(const void *addr, unsigned long caller);

// Records a freed area for vmalloc_describe(). Needs the lock of all areas.
void vm_history_add(const struct vm_struct *vm);
