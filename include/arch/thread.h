// SPDX-License-Identifier: MIT
// The contract for threads: where one that does not run goes on, and the step from one to another.
#pragma once

#include <arch/trap.h>

// asm/thread.h gives struct thread_context: what of a thread is not on its stack while it does not run.
#include <asm/thread.h>

// Makes a thread that calls entry() when it is first switched to, on the stack below `top` and with
// interrupts masked. entry() never returns; a walk of the stack ends behind it.
void context_init(struct thread_context *c, void *top, void (*entry)(void));

// The thread that context_init() made is over and runs no more.
void context_exit(struct thread_context *c);

// Keeps where the caller is in `from` and goes on at `to`: returns when somebody switches back. Saves
// what a C function must keep, and nothing else. Interrupts masked.
void context_switch(struct thread_context *from, struct thread_context *to);

// The registers of a thread that does not run, as far as stack_walk() needs them.
void context_regs(const struct thread_context *c, struct pt_regs *regs);
