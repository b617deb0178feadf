// SPDX-License-Identifier: MIT
// Areas of the vmalloc range: allocates, finds, claims and frees them.
//
// Owns: the tree of areas, struct vm_struct, the page tables' entries of the vmalloc range.
// Rules: one caller claims an area before it is freed; it is unmapped and flushed before its addresses
// can be reused. The page after each area stays unmapped.
// Linux: mm/vmalloc.c, which flushes late, and many areas at once.

#include <abi/errno.h>
#include <kernel/context.h>
#include <kernel/oops.h>
#include <kernel/printk.h>
#include <mm/kasan.h>
#include <mm/tlb.h>
#include <mm/slab.h>

#include "vmalloc.h"

#define RANGE_SIZE (VMALLOC_END - VMALLOC_START)

// The spare: the last freed area stays in the tree for the next area of its size; all other code treats
// it as absent. It is dropped when its addresses, its struct or exact figures are needed.
static struct {
	struct vmap_space space; // [s] is space.lock
	struct vm_struct *spare; // [s] NULL: none
	bool keep_none;          // fault injection is active: keep no spare
} state = { .space = VMAP_SPACE_INIT(state.space, VMALLOC_START, VMALLOC_END) };

unsigned long vmalloc_mistakes;

// ---- Areas --------------------------------------------------------------------------------------

static struct vm_struct *vm_of(struct vmap_area *area)
{
	return container_of(area, struct vm_struct, area);
}

// Removes the spare area from the tree; the caller frees its struct without the lock. NULL: none.
static struct vm_struct *drop_spare_locked(void)
{
	struct vm_struct *vm = state.spare;

	if (vm)
		vmap_area_remove(&state.space, &vm->area);
	state.spare = NULL;
	return vm;
}

void vm_area_drop_spare(void)
{
	unsigned long flags = spin_lock_irqsave(&state.space.lock);
	struct vm_struct *vm = drop_spare_locked();

	spin_unlock_irqrestore(&state.space.lock, flags);
	kfree(vm);
}

// The spare area, if it has this size; NULL otherwise.
static struct vm_struct *take_spare(unsigned long size)
{
	unsigned long flags = spin_lock_irqsave(&state.space.lock);
	struct vm_struct *vm = state.spare;

	if (vm && vm->size == size)
		state.spare = NULL;
	else
		vm = NULL;
	spin_unlock_irqrestore(&state.space.lock, flags);
	return vm;
}

// Gives the area its addresses. size: guard page included.
static int place_area(struct vm_struct *vm, unsigned long size)
{
	unsigned long flags = spin_lock_irqsave(&state.space.lock);
	int err = vmap_area_insert(&state.space, &vm->area, size);

	vm->addr = (void *)vm->area.start;
	vm->size = size;
	vm->flags = 0;
	spin_unlock_irqrestore(&state.space.lock, flags);
	return err;
}

static void warn_no_room(unsigned long size, unsigned long caller)
{
	pr_warn("vmap allocation for size %lu failed: %lu bytes of addresses are free, at most %lu "
		"in a row (for %pS)\n",
		size, RANGE_SIZE - vmalloc_used(), vmalloc_chunk(), (void *)caller);
}

// Makes a new area. NULL, and a warning unless gfp has __GFP_NOWARN.
static struct vm_struct *make_area(unsigned long size, unsigned long whole, gfp_t gfp,
				   unsigned long caller)
{
	struct vm_struct *vm = kmalloc(sizeof(*vm), GFP_KERNEL | __GFP_NOWARN);

	if (!vm) {
		if (!(gfp & __GFP_NOWARN))
			pr_warn("vmalloc error: size %lu, vm_struct allocation failed (for %pS)\n",
				size, (void *)caller);
		return NULL;
	}
	if (likely(place_area(vm, whole) == 0))
		return vm;
	vm_area_drop_spare(); // it may be in the way
	if (place_area(vm, whole) == 0)
		return vm;
	kfree(vm);
	if (!(gfp & __GFP_NOWARN))
		warn_no_room(size, caller);
	return NULL;
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
	vm = take_spare(whole);
	if (!vm)
		vm = make_area(size, whole, gfp, caller);
	if (!vm)
		return NULL;
	kasan_unpoison(vm->addr, whole - PAGE_SIZE);
	vm->asked = size;
	vm->pages = NULL;
	vm->nr_pages = 0;
	vm->phys_addr = 0;
	vm->caller = caller;
	vm->leaver = caller;                     // until it is claimed: for an undo after a failure
	WRITE_ONCE(vm->flags, flags & VM_KINDS); // now it can be found
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

// The area that contains addr. Needs the lock, or masked interrupts.
static struct vm_struct *find_locked(const void *addr)
{
	struct vmap_area *area = vmap_area_from(&state.space, (unsigned long)addr);

	if (!area || area->start > (unsigned long)addr || vm_of(area)->flags == 0)
		return NULL;
	return vm_of(area);
}

struct vm_struct *find_vm_area(const void *addr)
{
	unsigned long flags = spin_lock_irqsave(&state.space.lock);
	struct vm_struct *vm = find_locked(addr);

	spin_unlock_irqrestore(&state.space.lock, flags);
	return vm;
}

// Masks interrupts instead of taking the lock: an oops may happen while the lock is held.
bool vm_area_copy_from(unsigned long va, struct vm_struct *copy)
{
	const unsigned long flags = local_irq_save();
	struct vmap_area *area = vmap_area_from(&state.space, va);

	while (area && vm_of(area)->flags == 0)
		area = vmap_area_from(&state.space, area->end);
	if (area)
		*copy = *vm_of(area);
	local_irq_restore(flags);
	return area;
}

// ---- Free ---------------------------------------------------------------------------------------

// Why this area cannot be claimed.
static const char *claim_mistake(const struct vm_struct *vm, const void *addr)
{
	if (!vm)
		return "no area starts there";
	if (vm->addr != addr)
		return "this lies inside of an area, not at its start";
	if (vm->flags & VM_LEAVING)
		return "somebody gives it back already";
	return "the area is not of that kind";
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
	unsigned long irq_flags = spin_lock_irqsave(&state.space.lock);
	struct vm_struct *vm = find_locked(addr);
	const char *mistake;

	if (likely(vm && vm->addr == addr && (vm->flags & flags) && vm->flags < VM_LEAVING)) {
		vm->flags |= VM_LEAVING;
		vm->leaver = caller;
		spin_unlock_irqrestore(&state.space.lock, irq_flags);
		return vm;
	}
	mistake = claim_mistake(vm, addr);
	spin_unlock_irqrestore(&state.space.lock, irq_flags);
	vm_area_mistake(addr, func, caller, mistake);
	return NULL;
}

// Unmaps the area and flushes the TLB.
static void unmap_area(struct vm_struct *vm)
{
	struct tlb_gather gather;

	tlb_gather_init(&gather);
	gather.caller = vm->leaver;
	vm_slots_unmap(vm->area.start, get_vm_area_size(vm) >> PAGE_SHIFT, &gather);
	tlb_gather_flush(&gather);
	kasan_poison(vm->addr, vm->size, KASAN_VMALLOC_INVALID);
}

void free_vm_area(struct vm_struct *vm)
{
	struct vm_struct *old;
	unsigned long flags;

	unmap_area(vm);
	flags = spin_lock_irqsave(&state.space.lock);
	vm_history_add(vm);
	old = drop_spare_locked();
	vm->flags = 0;
	state.spare = vm;
	spin_unlock_irqrestore(&state.space.lock, flags);
	if (old)
		kfree(old);
	if (unlikely(state.keep_none))
		vm_area_drop_spare();
}

void vm_area_keep_spare(bool keep)
{
	state.keep_none = !keep;
	vm_area_drop_spare();
}

struct vm_struct *remove_vm_area(const void *addr)
{
	struct vm_struct *vm = claim_vm_area(addr, VM_KINDS, __func__, __RETURN_ADDRESS);
	unsigned long flags;

	if (!vm)
		return NULL;
	unmap_area(vm);
	flags = spin_lock_irqsave(&state.space.lock);
	vm_history_add(vm);
	vmap_area_remove(&state.space, &vm->area);
	spin_unlock_irqrestore(&state.space.lock, flags);
	return vm;
}

// ---- Figures -------------------------------------------------------------------------------------

unsigned long vmalloc_used(void)
{
	vm_area_drop_spare();
	return READ_ONCE(state.space.used);
}

unsigned long vmalloc_chunk(void)
{
	unsigned long flags, chunk;

	vm_area_drop_spare();
	flags = spin_lock_irqsave(&state.space.lock);
	chunk = vmap_largest_gap(&state.space);
	spin_unlock_irqrestore(&state.space.lock, flags);
	return chunk;
}

unsigned long vmalloc_areas(void)
{
	vm_area_drop_spare();
	return READ_ONCE(state.space.count);
}

void vmalloc_check(void)
{
	vmap_space_check(&state.space, VMALLOC_START);
}
