// SPDX-License-Identifier: MIT
// vmalloc: memory that is contiguous only in virtual addresses, from single pages of any zone; vmap:
// the same for the caller's pages; kvmalloc: kmalloc, or vmalloc if that fails.
//
// Owns: the pages of VM_ALLOC areas and the arrays that list them; the list of areas that vfree()
// deferred in interrupts. Rules: a failure gives one warning and frees all that was allocated.
// Linux: mm/vmalloc.c; kvmalloc() in mm/util.c.

#include <kernel/context.h>
#include <kernel/irq.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/kasan.h>
#include <mm/page_debug.h>
#include <mm/pgtable.h>
#include <mm/slab.h>

#include "../slab/slab.h"
#include "vmalloc.h"

static struct {
	struct spinlock lock;
	struct vm_struct *first; // areas that were freed in interrupts, linked by next
} deferred;

// ---- Pages --------------------------------------------------------------------------------------

// Allocates the list of the area's pages. A long list need not be contiguous either.
static struct page **take_list(struct vm_struct *vm, unsigned int count, gfp_t gfp)
{
	const unsigned long bytes = count * sizeof(struct page *);

	if (count <= VM_FEW_PAGES)
		return vm->few;
	if (bytes <= PAGE_SIZE)
		return kmalloc(bytes, gfp);
	return vmalloc_at(bytes, gfp | __GFP_HIGHMEM, vm->caller);
}

// Unmaps first, so that no access reaches a page that already has a new owner.
static void free_vm_pages(struct vm_struct *vm)
{
	const unsigned int count = vm->nr_pages;
	struct page *few[VM_FEW_PAGES], **pages = vm->pages;

	if (pages == vm->few) { // free_vm_area() frees the struct
		for (unsigned int i = 0; i < count; i++)
			few[i] = pages[i];
		pages = few;
	}
	free_vm_area(vm);
	free_pages_bulk(pages, count);
	if (pages != few)
		kvfree(pages);
}

// ---- Deferred frees -----------------------------------------------------------------------------

static void put_off(struct vm_struct *vm)
{
	unsigned long flags = spin_lock_irqsave(&deferred.lock);

	vm->next = deferred.first;
	deferred.first = vm;
	spin_unlock_irqrestore(&deferred.lock, flags);
}

static struct vm_struct *take_deferred(void)
{
	unsigned long flags = spin_lock_irqsave(&deferred.lock);
	struct vm_struct *vm = deferred.first;

	if (vm)
		deferred.first = vm->next;
	spin_unlock_irqrestore(&deferred.lock, flags);
	return vm;
}

static void free_deferred(void)
{
	struct vm_struct *vm;

	while ((vm = take_deferred()) != NULL)
		free_vm_pages(vm);
}

// ---- Allocation -----------------------------------------------------------------------------------

// Fills the area with pages. Returns NULL, or what failed; vm->pages lists the pages allocated so far.
static const char *alloc_vm_pages(struct vm_struct *vm, gfp_t gfp)
{
	const unsigned int count = get_vm_area_size(vm) >> PAGE_SHIFT;
	const gfp_t quiet = (gfp & ~__GFP_ZERO) | __GFP_NOWARN;

	vm->pages = take_list(vm, count, quiet & ~GFP_ZONEMASK);
	if (!vm->pages)
		return "no memory for the list of its pages";
	vm->nr_pages = alloc_pages_bulk(quiet, count, vm->pages);
	if (vm->nr_pages < count)
		return "failed to allocate pages";
	for (unsigned int i = 0; CONFIG_DEBUG && i < count; i++)
		page_owner_set_alloc(vm->pages[i], vm->caller);
	if (vm_slots_map(vm->area.start, vm->pages, count, PAGE_KERNEL) != 0)
		return "failed to map pages";
	if (gfp & __GFP_ZERO)
		memset(vm->addr, 0, get_vm_area_size(vm));
	return NULL;
}

static unsigned long total_pages(void)
{
	unsigned long n = 0;

	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++)
		n += zone->managed_pages;
	return n;
}

static __noinline void warn_error(unsigned long size, gfp_t gfp, const char *what,
				  unsigned long caller)
{
	if (!(gfp & __GFP_NOWARN))
		pr_warn("vmalloc error: size %lu, %s (for %pS)\n", size, what, (void *)caller);
}

void *vmalloc_at(unsigned long size, gfp_t gfp, unsigned long caller)
{
	struct vm_struct *vm;
	const char *error;

	might_sleep();
	if (unlikely(READ_ONCE(deferred.first) && !in_interrupt()))
		free_deferred();
	// A small size is never more than all of RAM.
	if (unlikely(size - 1 >= SZ_1M &&
		     (size == 0 || (size - 1) >> PAGE_SHIFT >= total_pages()))) {
		warn_error(size, gfp, "exceeds total pages", caller);
		return NULL;
	}
	vm = get_vm_area_gfp(size, VM_ALLOC, gfp, caller);
	if (!vm)
		return NULL;
	error = alloc_vm_pages(vm, gfp);
	if (unlikely(error)) {
		warn_error(size, gfp, error, caller);
		free_vm_pages(vm);
		return NULL;
	}
	kasan_poison_tail(vm->addr, size, get_vm_area_size(vm), KASAN_VMALLOC_INVALID);
	return vm->addr;
}

void *vmalloc(unsigned long size)
{
	return vmalloc_at(size, GFP_KERNEL | __GFP_HIGHMEM, __RETURN_ADDRESS);
}

void *vzalloc(unsigned long size)
{
	return vmalloc_at(size, GFP_KERNEL | __GFP_HIGHMEM | __GFP_ZERO, __RETURN_ADDRESS);
}

// Without a zone in gfp, any zone will do.
void *__vmalloc(unsigned long size, gfp_t gfp)
{
	if (!(gfp & GFP_ZONEMASK))
		gfp |= __GFP_HIGHMEM;
	return vmalloc_at(size, gfp, __RETURN_ADDRESS);
}

// ---- Free ---------------------------------------------------------------------------------------

void vmalloc_drain(void)
{
	if (in_interrupt())
		return;
	free_deferred();
	vm_area_drop_spare();
}

void vfree_at(const void *addr, unsigned long caller)
{
	struct vm_struct *vm;

	if (!addr)
		return;
	vm = claim_vm_area(addr, VM_ALLOC, "vfree", caller);
	if (!vm)
		return;
	if (unlikely(in_interrupt())) {
		put_off(vm);
		return;
	}
	free_vm_pages(vm);
	if (unlikely(READ_ONCE(deferred.first)))
		free_deferred();
}

void vfree(const void *addr)
{
	vfree_at(addr, __RETURN_ADDRESS);
}

// ---- vmap ----------------------------------------------------------------------------------------

static bool pages_valid(struct page **pages, unsigned int count)
{
	if (!pages || count == 0 || count >= (VMALLOC_END - VMALLOC_START) >> PAGE_SHIFT)
		return false;
	for (unsigned int i = 0; i < count; i++)
		if (!is_struct_page(pages[i]))
			return false;
	return true;
}

void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot)
{
	const unsigned long caller = __RETURN_ADDRESS;
	struct vm_struct *vm;

	might_sleep();
	if (!pages_valid(pages, count) || (flags & ~VM_MAP)) {
		pr_warn("vmap of %u pages at %px with flags %#lx by %pS: refused\n", count, pages,
			flags, (void *)caller);
		return NULL;
	}
	vm = get_vm_area_caller((unsigned long)count << PAGE_SHIFT, VM_MAP, caller);
	if (!vm)
		return NULL;
	prot = (prot & ~(PT_EXEC | PT_USER)) | PT_GLOBAL;
	if (vm_slots_map(vm->area.start, pages, count, prot) != 0) {
		pr_warn("vmap of %u pages by %pS: no memory for a page table\n", count,
			(void *)caller);
		free_vm_area(vm);
		return NULL;
	}
	return vm->addr;
}

void vunmap(const void *addr)
{
	struct vm_struct *vm;

	if (!addr || WARN_ON(in_interrupt()))
		return;
	vm = claim_vm_area(addr, VM_MAP, __func__, __RETURN_ADDRESS);
	if (vm)
		free_vm_area(vm);
}

pfn_t vmalloc_to_pfn(const void *addr)
{
	phys_addr_t pa;

	if (!is_vmalloc_addr(addr)) {
		vm_area_mistake(addr, __func__, __RETURN_ADDRESS, "no address of the vmalloc area");
		return PFN_NONE;
	}
	return pt_query(kernel_root, (unsigned long)addr, &pa, NULL) < 0 ? PFN_NONE : PFN_DOWN(pa);
}

struct page *vmalloc_to_page(const void *addr)
{
	pfn_t pfn;

	if (!is_vmalloc_addr(addr)) {
		vm_area_mistake(addr, __func__, __RETURN_ADDRESS, "no address of the vmalloc area");
		return NULL;
	}
	pfn = vmalloc_to_pfn(addr);
	return pfn != PFN_NONE && pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;
}

// ---- kvmalloc ------------------------------------------------------------------------------------

// Up to a page vmalloc() cannot do better than kmalloc(); and it needs a caller that may sleep.
static bool may_fall_back(size_t size, gfp_t gfp)
{
	return size > PAGE_SIZE && (gfp & GFP_KERNEL) == GFP_KERNEL;
}

void *kvmalloc(size_t size, gfp_t gfp)
{
	const gfp_t try = (gfp | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL;
	void *p;

	if (!may_fall_back(size, gfp))
		return kmalloc_at(size, gfp, __RETURN_ADDRESS);
	p = kmalloc_at(size, try, __RETURN_ADDRESS);
	return p ? p : vmalloc_at(size, gfp | __GFP_HIGHMEM, __RETURN_ADDRESS);
}

void kvfree(const void *addr)
{
	if (is_vmalloc_addr(addr))
		vfree_at(addr, __RETURN_ADDRESS);
	else
		kfree_at(addr, __RETURN_ADDRESS);
}
