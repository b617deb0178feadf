// SPDX-License-Identifier: MIT
// The saved frame of a thread that does not run, in the layout of arch/arm/switch.S.

#include <arch/thread.h>
#include <lib/string.h>

// arch/arm/switch.S
void context_start(void);

void context_init(struct thread_context *c, void *top, void (*entry)(void))
{
	c->sp = (struct context_frame *)top - 1;
	*c->sp = (struct context_frame){ .r4_r11 = { (u32)entry }, .lr = (u32)context_start };
}

void context_exit(struct thread_context *c)
{
}

void context_regs(const struct thread_context *c, struct pt_regs *regs)
{
	*regs = (struct pt_regs){ .sp = (u32)(c->sp + 1), .pc = c->sp->lr, .cpsr = MODE_SVC };
	memcpy(&regs->r[4], c->sp->r4_r11, sizeof(c->sp->r4_r11));
}
