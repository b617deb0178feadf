// SPDX-License-Identifier: MIT
// vmalloc, vmap and the areas under them: memory and mappings that are contiguous only in virtual
// addresses, in [VMALLOC_START, VMALLOC_END), with an unmapped guard page after each area. With Linux's
// names.
//
// Frames may come from any zone, HighMem first. All functions that allocate may sleep, so they must not
// be called in interrupts; vfree() may. After vfree(), vunmap() or iounmap() returns, any access to the
// area faults. A pointer that is not the start of an area of the right kind is reported with the caller
// and counted (vmalloc_mistakes), and nothing changes.
#pragma once

#include <arch/pt.h>
#include <mm/gfp.h>
#include <mm/vmap_area.h>

// The kind of an area.
#define VM_IOREMAP BIT(0)
#define VM_ALLOC   BIT(1) // the area owns its pages: vmalloc
#define VM_MAP     BIT(2) // the pages belong to another owner: vmap
#define VM_KINDS   (VM_IOREMAP | VM_ALLOC | VM_MAP)
#define VM_LEAVING BIT(3) // being freed already; the highest flag

#define VM_FEW_PAGES 4 // up to this many need no separate list

// Locks: [I] immutable while others can find the area  [s] the lock of all areas  [o] the owner's
// [d] deferred.lock of mm/vmalloc/vmalloc.c
struct vm_struct {
	struct vmap_area area;          // [s] addresses, guard page included
	void *addr;                     // [I] the area's start
	unsigned long size;             // [I] bytes, guard page included: see get_vm_area_size()
	unsigned long asked;            // [I] bytes that were asked for
	unsigned long flags;            // [s]
	struct page **pages;            // [o] of vmalloc: `few`, or kmalloc or vmalloc memory
	unsigned int nr_pages;          // [o]
	phys_addr_t phys_addr;          // [o] of ioremap
	unsigned long caller;           // [I] who allocated it
	unsigned long leaver;           // [s] who frees it
	struct vm_struct *next;         // [d] in the list of areas freed in interrupts
	struct page *few[VM_FEW_PAGES]; // [o]
};

// Allocates size bytes, page aligned, not zeroed (vzalloc: zeroed), from any frames. NULL and one
// warning: not enough memory or address space, or size is 0. May sleep.
__must_check void *vmalloc(unsigned long size);
__must_check void *vzalloc(unsigned long size);
// The same with gfp flags of alloc_pages(): __GFP_ZERO, __GFP_NOWARN, a zone. May sleep.
__must_check void *__vmalloc(unsigned long size, gfp_t gfp);

// Frees memory from vmalloc(); NULL does nothing. In an interrupt it only queues the area: the next
// vmalloc() or vfree() outside interrupts frees it. (Linux defers too: the TLB flush must reach other
// CPUs, which an interrupt handler cannot wait for.)
void vfree(const void *addr);

// Maps count pages contiguously (of any zone, in any order, repeats allowed). prot: PT_ bits; PT_EXEC
// and PT_USER are removed. flags: VM_MAP or 0. NULL and one warning: no memory or address space, or bad
// arguments. May sleep.
__must_check void *vmap(struct page **pages, unsigned int count, unsigned long flags,
			pgprot_t prot);
// Unmaps; does not free the pages. NULL does nothing. Not in interrupts.
void vunmap(const void *addr);

// kmalloc(), or vmalloc() if that fails, without a warning in between. The fallback needs GFP_KERNEL
// and more than a page. 0 returns ZERO_SIZE_PTR. kvfree() frees both kinds; NULL does nothing.
__must_check void *kvmalloc(size_t size, gfp_t gfp);
__must_check static inline void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp | __GFP_ZERO);
}
void kvfree(const void *addr);

// Whether the address is between VMALLOC_START and VMALLOC_END. Any context.
static inline bool is_vmalloc_addr(const void *addr)
{
	return (unsigned long)addr - VMALLOC_START < VMALLOC_END - VMALLOC_START;
}

// The frame of an address in the vmalloc range, from the page tables. NULL and PFN_NONE: not mapped.
// vmalloc_to_page() is also NULL for a frame without a struct page (ioremap). An address outside the
// range is reported. Any context.
#define PFN_NONE (~(pfn_t)0)
struct page *vmalloc_to_page(const void *addr);
pfn_t vmalloc_to_pfn(const void *addr);

// ---- Areas, for code that maps into them ----------------------------------------------------------

// Allocates an area for size bytes, rounded up to whole pages, with nothing mapped. flags: one of
// VM_KINDS. NULL and one warning: no memory or address space. _caller: the return address to show. May
// sleep.
__must_check struct vm_struct *get_vm_area(unsigned long size, unsigned long flags);
__must_check struct vm_struct *get_vm_area_caller(unsigned long size, unsigned long flags,
						  unsigned long caller);

// Bytes of an area without its guard page.
static inline unsigned long get_vm_area_size(const struct vm_struct *vm)
{
	return vm->size - PAGE_SIZE;
}

// Maps single pages, any frames, at consecutive addresses from va, in an unmapped part of the caller's
// area. Returns 0, or -ENOMEM: no memory for a page table; the pages before it are mapped.
__must_check int vm_slots_map(unsigned long va, struct page **pages, unsigned long count,
			      pgprot_t prot);

// The area that contains addr, guard page included; NULL: none. It is valid only while its owner keeps
// it. Any context.
struct vm_struct *find_vm_area(const void *addr);

// Claims the area that starts at addr, so that only this caller frees it. NULL: no area starts there,
// it is not of a kind in `flags`, or it is claimed already; reported as misuse of `func` by `caller`.
// Any context.
struct vm_struct *claim_vm_area(const void *addr, unsigned long flags, const char *func,
				unsigned long caller);
// Unmaps and removes an area that was claimed or that the caller owns, and frees the struct.
void free_vm_area(struct vm_struct *vm);
// Claims the area that starts at addr, unmaps and removes it; the caller must kfree() the struct. NULL
// and a report: no such area.
struct vm_struct *remove_vm_area(const void *addr);

// ---- Information ----------------------------------------------------------------------------------

// /proc/vmallocinfo: prints a line for each area, by address.
void vmallocinfo_show(void (*line)(const char *text, void *arg), void *arg);

// Bytes of address space in use, guard pages included; the largest gap; the number of areas.
unsigned long vmalloc_used(void);
unsigned long vmalloc_chunk(void);
unsigned long vmalloc_areas(void);

// Describes the area that is or was at an address of the vmalloc range: "guard page after the 8192
// bytes that X allocated". Returns the length. Any context, also while the areas change.
int vmalloc_describe(unsigned long va, char *buf, size_t size);

// Reports so far.
extern unsigned long vmalloc_mistakes;

// Frees the areas that vfree() queued in interrupts, and the spare area. Does nothing in an interrupt.
void vmalloc_drain(void);
// Recounts the tree; panics with the condition that failed. Any context.
void vmalloc_check(void);
