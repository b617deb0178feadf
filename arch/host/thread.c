// SPDX-License-Identifier: MIT
// Threads of a program: switched as on a CPU, on stacks from the system.
//
// Owns: the stacks. Rules: AddressSanitizer, where there is one, is told of each switch.

#include <arch/cpu.h>
#include <arch/host/host.h>
#include <arch/host/os.h>
#include <arch/layout.h>
#include <arch/thread.h>
#include <kernel/panic.h>
#include <lib/util.h>

// As many as the suites have at once. Sanitizers and signals need more than THREAD_SIZE.
#define STACKS     1100
#define STACK_SIZE (128 * SZ_1K)

// The lowest page of each is not there. One that is free ends with the address of the next.
static struct {
	u8 (*all)[STACK_SIZE];
	int used; // ever
	u8 *free;
	struct thread_context *next; // who goes on after a switch
} stacks;

__weak void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size);
__weak void __sanitizer_finish_switch_fiber(void *save, const void **bottom, size_t *size);
__weak void __asan_unpoison_memory_region(const volatile void *start, size_t size);

bool host_on_thread_stack(unsigned long sp)
{
	return stacks.all && sp - (unsigned long)stacks.all < STACKS * STACK_SIZE;
}

static u8 **link_of(u8 *stack)
{
	return (u8 **)(stack + STACK_SIZE) - 1;
}

static u8 *stack_take(void)
{
	u8 *stack = stacks.free;

	if (stack) {
		stacks.free = *link_of(stack);
		return stack;
	}
	if (!stacks.all)
		stacks.all = os_take_memory(STACKS * STACK_SIZE);
	BUG_ON(stacks.used == STACKS);
	stack = stacks.all[stacks.used++];
	os_unmap((unsigned long)stack, PAGE_SIZE);
	return stack;
}

// Functions that never returned have left their frames marked as in use.
void context_exit(struct thread_context *c)
{
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(c->stack + PAGE_SIZE, STACK_SIZE - PAGE_SIZE);
	*link_of(c->stack) = stacks.free;
	stacks.free = c->stack;
}

static void switch_begins(void **save, const struct thread_context *to)
{
	const void *bottom = to->stack + PAGE_SIZE;
	size_t size = STACK_SIZE - PAGE_SIZE;

	if (!__sanitizer_start_switch_fiber)
		return;
	if (!to->stack)
		host_main_stack(&bottom, &size);
	__sanitizer_start_switch_fiber(save, bottom, size);
}

static void switch_ends(void *save)
{
	if (__sanitizer_finish_switch_fiber)
		__sanitizer_finish_switch_fiber(save, NULL, NULL);
}

// void switch_stacks(struct context_frame **from, struct context_frame *to), as in a CPU's switch.S.
void switch_stacks(struct context_frame **from, struct context_frame *to);
__asm__(".text\n"
	".type switch_stacks, @function\n"
	"switch_stacks:\n"
	"	movl	4(%esp), %eax\n"
	"	movl	8(%esp), %edx\n"
	"	pushl	%ebp\n"
	"	pushl	%ebx\n"
	"	pushl	%esi\n"
	"	pushl	%edi\n"
	"	movl	%esp, (%eax)\n"
	"	movl	%edx, %esp\n"
	"	popl	%edi\n"
	"	popl	%esi\n"
	"	popl	%ebx\n"
	"	popl	%ebp\n"
	"	ret\n"
	".size switch_stacks, . - switch_stacks\n");

static __noreturn void start_thread_stack(void)
{
	switch_ends(NULL);
	stacks.next->entry();
	BUG();
}

// The stack that we were given has no use; where start_thread_stack() would return to is 0.
void context_init(struct thread_context *c, void *top, void (*entry)(void))
{
	u32 *sp;

	c->stack = stack_take();
	c->entry = entry;
	sp = (u32 *)link_of(c->stack) - 3; // keeps the ABI's alignment of 16 at the call
	*--sp = 0;
	c->sp = (struct context_frame *)sp - 1;
	*c->sp = (struct context_frame){ .eip = (u32)start_thread_stack };
}

void context_switch(struct thread_context *from, struct thread_context *to)
{
	void *save;

	stacks.next = to;
	switch_begins(&save, to);
	switch_stacks(&from->sp, to->sp);
	switch_ends(save);
}

void context_regs(const struct thread_context *c, struct pt_regs *regs)
{
	*regs = (struct pt_regs){ c->sp->eip, (unsigned long)(c->sp + 1), c->sp->ebp };
}
