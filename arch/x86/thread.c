// SPDX-License-Identifier: MIT
// The saved frame of a thread that does not run, in the layout of arch/x86/switch.S.

#include <arch/thread.h>

// arch/x86/switch.S
void context_start(void);

void context_init(struct thread_context *c, void *top, void (*entry)(void))
{
	c->sp = (struct context_frame *)top - 1;
	*c->sp = (struct context_frame){ .ebx = (u32)entry, .eip = (u32)context_start };
}

void context_exit(struct thread_context *c)
{
}

void context_regs(const struct thread_context *c, struct pt_regs *regs)
{
	*regs = (struct pt_regs){ .ebx = c->sp->ebx,
				  .esi = c->sp->esi,
				  .edi = c->sp->edi,
				  .ebp = c->sp->ebp,
				  .eip = c->sp->eip,
				  .xcs = __KERNEL_CS | PT_XCS_HAS_ESP,
				  .esp = (u32)(c->sp + 1) };
}
