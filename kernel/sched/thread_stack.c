// SPDX-License-Identifier: MIT
// The stacks of threads: THREAD_SIZE bytes in the vmalloc range, with an unmapped page below.
//
//   low addresses                                                   high
//   +----------------+-------------------------------+----------------+
//   | never mapped   | <--- the stack grows down     | never mapped   | the next area
//   +----------------+-------------------------------+----------------+
//   ^ vm->addr       ^ info.stack                    ^ the guard page after every vmalloc area
//
// So a stack that overflows faults at once, in a page that belongs to it.
// Linux: alloc_thread_stack_node() in kernel/fork.c, CONFIG_VMAP_STACK.

#include <arch/layout.h>
#include <kernel/thread.h>
#include <lib/string.h>
#include <mm/vmalloc.h>

#define STACK_PAGES (THREAD_SIZE / PAGE_SIZE)

_Static_assert(STACK_PAGES <= VM_FEW_PAGES, "the area itself lists the pages of a stack");

// vm->pages lists the pages allocated so far, so that vfree() can free them even if this fails.
static bool alloc_stack_pages(struct vm_struct *vm)
{
	vm->pages = vm->few;
	while (vm->nr_pages < STACK_PAGES) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_HIGHMEM);

		if (!page)
			return false;
		vm->pages[vm->nr_pages++] = page;
	}
	return vm_slots_map((unsigned long)vm->addr + PAGE_SIZE, vm->pages, STACK_PAGES,
			    PAGE_KERNEL) == 0;
}

void *thread_stack_alloc(void)
{
	struct vm_struct *vm = get_vm_area(PAGE_SIZE + THREAD_SIZE, VM_ALLOC);
	void *stack;

	if (!vm)
		return NULL;
	if (!alloc_stack_pages(vm)) {
		vfree(vm->addr);
		return NULL;
	}
	stack = vm->addr + PAGE_SIZE;
	if (CONFIG_DEBUG)
		memset(stack, 0, THREAD_SIZE);
	return stack;
}

void thread_stack_free(void *stack)
{
	vfree(stack - PAGE_SIZE);
}

unsigned long thread_stack_used(const void *stack)
{
	const u32 *word = stack, *const end = stack + THREAD_SIZE;

	while (word < end && *word == 0)
		word++;
	return (end - word) * sizeof(u32);
}
