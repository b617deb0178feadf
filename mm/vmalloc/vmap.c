// SPDX-License-Identifier: MIT
// Pages mapped into an area: vmap, and the way from an address back to its frame.
//
// Linux: mm/vmalloc.c.

#include <kernel/context.h>
#include <kernel/irq.h>
#include <kernel/printk.h>
#include <mm/pgtable.h>

#include "vmalloc.h"

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
