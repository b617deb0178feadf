// SPDX-License-Identifier: MIT
// vmalloc and its kin: memory and mappings that are contiguous in virtual addresses alone, in
// [VMALLOC_START, VMALLOC_END), an unmapped guard page behind each area. With Linux's names.
//
// Frames may come from any zone, HighMem first. Everything here that gives may sleep, so none of it
// is for interrupts; vfree() alone may be called there.
// Once vfree(), vunmap() or iounmap() has returned, nothing of the area can be reached.
// A pointer that is not the start of an area of the right kind is reported with the caller, counted
// (vmalloc_mistakes), and nothing happens.
#pragma once

#include <arch/pt.h>
#include <mm/gfp.h>
#include <mm/vmap_area.h>

// What an area is.
#define VM_IOREMAP BIT(0)
#define VM_ALLOC   BIT(1) // its pages are its own: vmalloc
#define VM_MAP     BIT(2) // its pages are somebody's: vmap
#define VM_KINDS   (VM_IOREMAP | VM_ALLOC | VM_MAP)
#define VM_LEAVING BIT(3) // the highest: somebody gives it back already

#define VM_FEW_PAGES 4 // so many need no list of their own

// Locks: [I] immutable while others can find the area  [s] the lock of all areas  [o] the owner's
// [d] deferred.lock of mm/vmalloc/vmalloc.c
struct vm_struct {
	struct vmap_area area;          // [s] addresses, guard page included
	void *addr;                     // [I] where the area starts
	unsigned long size;             // [I] bytes with the guard page: see get_vm_area_size()
	unsigned long asked;            // [I] bytes that were asked for
	unsigned long flags;            // [s]
	struct page **pages;            // [o] of vmalloc: `few`, or kmalloc or vmalloc memory
	unsigned int nr_pages;          // [o]
	phys_addr_t phys_addr;          // [o] of ioremap
	unsigned long caller;           // [I] who asked for it
	unsigned long leaver;           // [s] who gives it back
	struct vm_struct *next;         // [d] in the list of those given back in interrupts
	struct page *few[VM_FEW_PAGES]; // [o]
};

// size bytes, page aligned, not zeroed (vzalloc: zeroed), in whatever frames there are; NULL and one
// warning when there is not enough memory or address space, or size is 0. May sleep.
__must_check void *vmalloc(unsigned long size);
__must_check void *vzalloc(unsigned long size);
// The same with gfp flags of alloc_pages(): __GFP_ZERO, __GFP_NOWARN, a zone. May sleep.
__must_check void *__vmalloc(unsigned long size, gfp_t gfp);

// Gives back what vmalloc gave; NULL is fine. In an interrupt it only notes that: the area goes with
// the next call of anything here outside of interrupts. (Linux defers too: other CPUs have to be
// told, and that cannot be waited for there.)
void vfree(const void *addr);

// Maps count pages (of any zone, in any order, one of them more than once if need be) next to each
// other. prot: PT_ bits; what the kernel may not have, PT_EXEC and PT_USER, is taken out. flags:
// VM_MAP or 0. NULL and one warning: no memory or address space, no pages. May sleep.
__must_check void *vmap(struct page **pages, unsigned int count, unsigned long flags,
			pgprot_t prot);
// Takes the mapping away; the pages stay their owner's. NULL is fine. Not in interrupts.
void vunmap(const void *addr);

// kmalloc if it can be had, else vmalloc, without a warning in between. GFP_KERNEL only: other flags
// get kmalloc's answer. 0 gives ZERO_SIZE_PTR. kvfree takes either, and NULL.
__must_check void *kvmalloc(size_t size, gfp_t gfp);
__must_check static inline void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp | __GFP_ZERO);
}
void kvfree(const void *addr);

// Whether the address lies between VMALLOC_START and VMALLOC_END. Any context.
static inline bool is_vmalloc_addr(const void *addr)
{
	return (unsigned long)addr - VMALLOC_START < VMALLOC_END - VMALLOC_START;
}

// The frame behind an address of the vmalloc area, read from the page tables: NULL and PFN_NONE where
// nothing is mapped; NULL too for a frame without a struct page (ioremap). An address of another
// area is reported. Any context.
#define PFN_NONE (~(pfn_t)0)
struct page *vmalloc_to_page(const void *addr);
pfn_t vmalloc_to_pfn(const void *addr);

// ---- Areas, for what maps something into them -----------------------------------------------------

// An area for size bytes, rounded up to whole pages, nothing mapped in it yet. flags: one of VM_KINDS.
// NULL and one warning: no memory or address space. _caller: for whom, by a return address. May sleep.
__must_check struct vm_struct *get_vm_area(unsigned long size, unsigned long flags);
__must_check struct vm_struct *get_vm_area_caller(unsigned long size, unsigned long flags,
						  unsigned long caller);

// Bytes of an area without its guard page.
static inline unsigned long get_vm_area_size(const struct vm_struct *vm)
{
	return vm->size - PAGE_SIZE;
}

// Maps single pages of any frames, one behind the other from va on, in an area of the caller's where
// nothing is mapped yet. Returns 0, or -ENOMEM: no memory for a page table, and some are mapped.
__must_check int vm_slots_map(unsigned long va, struct page **pages, unsigned long count,
			      pgprot_t prot);

// The area that addr lies in, guard page included; NULL: none. It stays only as long as its owner
// keeps it. Any context.
struct vm_struct *find_vm_area(const void *addr);

// The area that starts at addr, for the caller to give it back: nobody else will get it. NULL, and
// reported as a mistake of `func` called by `caller`: no area starts there, it is none of the kinds
// in `flags`, or it is being given back already. Any context.
struct vm_struct *claim_vm_area(const void *addr, unsigned long flags, const char *func,
				unsigned long caller);
// Unmaps and forgets an area that was claimed or is the caller's own, and frees the struct.
void free_vm_area(struct vm_struct *vm);
// Claims the area that starts at addr, unmaps and forgets it; the caller has to kfree() the struct.
// NULL and a report: there is none.
struct vm_struct *remove_vm_area(const void *addr);

// ---- What is there --------------------------------------------------------------------------------

// /proc/vmallocinfo: a line for each area, by address.
void vmallocinfo_show(void (*line)(const char *text, void *arg), void *arg);

// Bytes of address space that areas have, guard pages included; the largest gap; how many areas.
unsigned long vmalloc_used(void);
unsigned long vmalloc_chunk(void);
unsigned long vmalloc_areas(void);

// What is at an address of the vmalloc area, or was there, in words: "guard page after the 8192 bytes
// that X allocated". Returns the length. Any context, also while the areas are being changed.
int vmalloc_describe(unsigned long va, char *buf, size_t size);

// Reports so far.
extern unsigned long vmalloc_mistakes;

// Gives back what vfree() has put off in interrupts, and the area that is kept for the next one of its
// size. Not in interrupts, where it does nothing.
void vmalloc_drain(void);
// Recounts the tree; panics with the sentence that is false. Any context.
void vmalloc_check(void);
