// SPDX-License-Identifier: MIT
// Areas of the vmalloc range: who has which addresses, and how they go.
//
// Owns: the tree of areas, struct vm_struct, the page tables' entries of the vmalloc range.
// Rules: an area is claimed by one caller before it goes; it is unmapped and flushed before its
// addresses can be had again. Behind each area one page stays unmapped.
// Linux: mm/vmalloc.c, which flushes late, and many areas at once.

#include <abi/errno.h>
#include <kernel/context.h>
#include <kernel/oops.h>
#include <kernel/printk.h>
#include <mm/addr.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>
#include <mm/slab.h>

#include "vmalloc.h"

#define RANGE_SIZE (VMALLOC_END - VMALLOC_START)

// [s] is space.lock.
static struct vmap_space space = VMAP_SPACE_INIT(space, VMALLOC_START, VMALLOC_END);

unsigned long vmalloc_mistakes; // [s]

// ---- Areas --------------------------------------------------------------------------------------

static struct vm_struct *vm_of(struct vmap_area *area)
{
	return container_of(area, struct vm_struct, area);
}

// Gives the area its addresses. size: with the guard page.
static int place(struct vm_struct *vm, unsigned long size)
{
	unsigned long flags = spin_lock_irqsave(&space.lock);
	int err = vmap_area_insert(&space, &vm->area, size);

	vm->addr = (void *)vm->area.start;
	spin_unlock_irqrestore(&space.lock, flags);
	return err;
}

static void warn_no_room(unsigned long size, unsigned long caller)
{
	pr_warn("vmap allocation for size %lu failed: %lu bytes of addresses are free, at most %lu "
		"in a row (for %pS)\n",
		size, RANGE_SIZE - vmalloc_used(), vmalloc_chunk(), (void *)caller);
}

struct vm_struct *get_vm_area_gfp(unsigned long size, unsigned long flags, gfp_t gfp,
				  unsigned long caller)
{
	const unsigned long whole = ALIGN(size, PAGE_SIZE) + PAGE_SIZE;
	struct vm_struct *vm;

	might_sleep();
	if (unlikely(size - 1 >= RANGE_SIZE)) { // 0, too
		if (!(gfp & __GFP_NOWARN))
			warn_no_room(size, caller);
		return NULL;
	}
	vm = kmalloc(sizeof(*vm), GFP_KERNEL | __GFP_NOWARN);
	if (!vm) {
		if (!(gfp & __GFP_NOWARN))
			pr_warn("vmalloc error: size %lu, vm_struct allocation failed (for %pS)\n",
				size, (void *)caller);
		return NULL;
	}
	vm->size = whole;
	vm->asked = size;
	vm->flags = flags & VM_KINDS;
	vm->pages = NULL;
	vm->nr_pages = 0;
	vm->phys_addr = 0;
	vm->caller = caller;
	vm->leaver = 0;
	if (unlikely(place(vm, whole) != 0)) {
		kfree(vm);
		if (!(gfp & __GFP_NOWARN))
			warn_no_room(size, caller);
		return NULL;
	}
	return vm;
}

struct vm_struct *get_vm_area(unsigned long size, unsigned long flags)
{
	return get_vm_area_gfp(size, flags, GFP_KERNEL, __RETURN_ADDRESS);
}

struct vm_struct *get_vm_area_caller(unsigned long size, unsigned long flags, unsigned long caller)
{
	return get_vm_area_gfp(size, flags, GFP_KERNEL, caller);
}

// The area that addr lies in. Needs the lock, or masked interrupts.
static struct vm_struct *find_locked(const void *addr)
{
	struct vmap_area *area = vmap_area_from(&space, (unsigned long)addr);

	return area && area->start <= (unsigned long)addr ? vm_of(area) : NULL;
}

struct vm_struct *find_vm_area(const void *addr)
{
	unsigned long flags = spin_lock_irqsave(&space.lock);
	struct vm_struct *vm = find_locked(addr);

	spin_unlock_irqrestore(&space.lock, flags);
	return vm;
}

// Not by the lock: an oops may come while it is held.
bool vm_area_copy_from(unsigned long va, struct vm_struct *copy)
{
	const unsigned long flags = local_irq_save();
	struct vmap_area *area = vmap_area_from(&space, va);

	if (area)
		*copy = *vm_of(area);
	local_irq_restore(flags);
	return area;
}

// ---- Giving back --------------------------------------------------------------------------------

// Why this cannot be given back as one of the kinds in flags; NULL: it can.
static const char *claim_mistake(const struct vm_struct *vm, const void *addr, unsigned long flags)
{
	if (!vm)
		return "no area starts there";
	if (vm->addr != addr)
		return "this lies inside of an area, not at its start";
	if (vm->flags & VM_LEAVING)
		return "somebody gives it back already";
	if (!(vm->flags & flags))
		return "the area is not of that kind";
	return NULL;
}

void vm_area_mistake(const void *addr, const char *func, unsigned long caller, const char *mistake)
{
	char text[200];

	vmalloc_mistakes++;
	pr_err("BUG: %s(%px) by %pS: %s\n", func, addr, (void *)caller, mistake);
	if (is_vmalloc_addr(addr)) {
		vmalloc_describe((unsigned long)addr, text, sizeof(text));
		pr_err("  what is there: %s\n", text);
	}
	dump_stack(NULL);
}

struct vm_struct *claim_vm_area(const void *addr, unsigned long flags, const char *func,
				unsigned long caller)
{
	unsigned long irq_flags = spin_lock_irqsave(&space.lock);
	struct vm_struct *vm = find_locked(addr);
	const char *mistake = claim_mistake(vm, addr, flags);

	if (!mistake) {
		vm->flags |= VM_LEAVING;
		vm->leaver = caller;
	}
	spin_unlock_irqrestore(&space.lock, irq_flags);
	if (likely(!mistake))
		return vm;
	vm_area_mistake(addr, func, caller, mistake);
	return NULL;
}

// Takes the area out of the page tables, the TLB and the tree.
static void forget(struct vm_struct *vm)
{
	const unsigned long size = get_vm_area_size(vm);
	struct tlb_gather gather;
	unsigned long flags;

	tlb_gather_init(&gather);
	gather.caller = vm->leaver;
	BUG_ON(pt_unmap(kernel_root, vm->area.start, size, &gather) != 0);
	tlb_gather_flush(&gather);
	flags = spin_lock_irqsave(&space.lock);
	vm_history_add(vm);
	vmap_area_remove(&space, &vm->area);
	spin_unlock_irqrestore(&space.lock, flags);
}

void free_vm_area(struct vm_struct *vm)
{
	forget(vm);
	kfree(vm);
}

struct vm_struct *remove_vm_area(const void *addr)
{
	struct vm_struct *vm = claim_vm_area(addr, VM_KINDS, __func__, __RETURN_ADDRESS);

	if (vm)
		forget(vm);
	return vm;
}

// ---- Figures -------------------------------------------------------------------------------------

unsigned long vmalloc_used(void)
{
	return READ_ONCE(space.used);
}

unsigned long vmalloc_chunk(void)
{
	unsigned long flags = spin_lock_irqsave(&space.lock);
	const unsigned long chunk = vmap_largest_gap(&space);

	spin_unlock_irqrestore(&space.lock, flags);
	return chunk;
}

unsigned long vmalloc_areas(void)
{
	return READ_ONCE(space.count);
}

void vmalloc_check(void)
{
	vmap_space_check(&space, VMALLOC_START);
}
