// SPDX-License-Identifier: MIT
// Between the files of vmalloc.
#pragma once

#include <mm/vmalloc.h>

struct tlb_gather;

// get_vm_area_caller() for a request with these gfp flags: __GFP_NOWARN counts.
struct vm_struct *get_vm_area_gfp(unsigned long size, unsigned long flags, gfp_t gfp,
				  unsigned long caller);

// Reports what is wrong with an address that `func` was called with, by `caller`, and counts it.
void vm_area_mistake(const void *addr, const char *func, unsigned long caller, const char *mistake);

// The entry of va, in the vmalloc range; its table is made if there is none. NULL: no memory, or a large
// page. (mm/vmalloc/vm_slots.c)
pte_t *vm_slot(unsigned long va);

// Takes away what is mapped there, however it was; the flush is the caller's.
void vm_slots_unmap(unsigned long va, unsigned long count, struct tlb_gather *gather);

// Drops the area that is kept for the next one of its size. Any context.
void vm_area_drop_spare(void);
// Whether one is kept from now on.
void vm_area_keep_spare(bool keep);

// Copies the lowest area that ends above va. False: there is none. Any context.
bool vm_area_copy_from(unsigned long va, struct vm_struct *copy);

// vmalloc for a caller that is named, with all flags told; vfree likewise.
void *vmalloc_at(unsigned long size, gfp_t gfp, unsigned long caller);
void vfree_at(const void *addr, unsigned long caller);

// Remembers an area that goes, for vmalloc_describe(). Needs the lock of all areas.
void vm_history_add(const struct vm_struct *vm);
