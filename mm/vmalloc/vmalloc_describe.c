// SPDX-License-Identifier: MIT
// Describes the area that is or was at an address: for the oops and for reports of misuse.
//
// Owns: the history of freed areas. Locks: [s] the lock of all areas.

#include <arch/cpu.h>
#include <lib/seq_buf.h>

#include "vmalloc.h"

#define HISTORY 64 // tunable: freed areas to remember

static struct {
	struct vm_struct *next;         // [s] the next to overwrite: the oldest
	struct vm_struct gone[HISTORY]; // [s] size 0: unused; only the described fields are set
} history = { .next = history.gone };

void vm_history_add(const struct vm_struct *vm)
{
	struct vm_struct *gone = history.next;

	gone->addr = vm->addr;
	gone->size = vm->size;
	gone->asked = vm->asked;
	gone->flags = vm->flags;
	gone->phys_addr = vm->phys_addr;
	gone->caller = vm->caller;
	gone->leaver = vm->leaver;
	history.next = gone + 1 < history.gone + HISTORY ? gone + 1 : history.gone;
}

static bool area_contains(const struct vm_struct *vm, unsigned long va)
{
	return va - (unsigned long)vm->addr < vm->size;
}

// Copies the last freed area at va, guard page included. False: none is remembered.
static bool find_gone(unsigned long va, struct vm_struct *copy)
{
	const unsigned long flags = local_irq_save();
	const struct vm_struct *vm = history.next;
	bool found = false;

	for (unsigned int i = 0; i < HISTORY && !found; i++) {
		vm = vm > history.gone ? vm - 1 : history.gone + HISTORY - 1;
		found = area_contains(vm, va);
		if (found)
			*copy = *vm;
	}
	local_irq_restore(flags);
	return found;
}

static void say_what(const struct vm_struct *vm, struct seq_buf *s)
{
	void *const caller = (void *)vm->caller;

	if (vm->flags & VM_IOREMAP)
		seq_buf_printf(s, "ioremap of %08llx by %pS", (u64)vm->phys_addr, caller);
	else if (vm->flags & VM_MAP)
		seq_buf_printf(s, "vmap of %lu pages by %pS", get_vm_area_size(vm) >> PAGE_SHIFT,
			       caller);
	else
		seq_buf_printf(s, "%lu bytes that %pS allocated", vm->asked, caller);
}

// inside: the words for an address before the guard page.
static void say_where(const struct vm_struct *vm, unsigned long va, const char *inside,
		      struct seq_buf *s)
{
	const bool guard = va - (unsigned long)vm->addr >= get_vm_area_size(vm);

	seq_buf_printf(s, "%s", guard ? "guard page after the " : inside);
	say_what(vm, s);
}

int vmalloc_describe(unsigned long va, char *buf, size_t size)
{
	struct vm_struct vm;
	struct seq_buf s;

	seq_buf_init(&s, buf, size);
	if (vm_area_copy_from(va, &vm) && area_contains(&vm, va)) {
		say_where(&vm, va, "in the ", &s);
	} else if (find_gone(va, &vm)) {
		seq_buf_printf(&s, "was: ");
		say_where(&vm, va, "", &s);
		seq_buf_printf(&s, ", %s by %pS", vm.flags & VM_ALLOC ? "freed" : "unmapped",
			       (void *)vm.leaver);
	} else {
		seq_buf_printf(&s, "no area, and none that is remembered");
	}
	return s.len;
}
