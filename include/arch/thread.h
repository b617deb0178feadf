// SPDX-License-Identifier: MIT
// The contract for threads: the saved context of a thread, and the switch from one to another.
#pragma once

#include <arch/trap.h>

// asm/thread.h gives struct thread_context: the saved state that is not on the thread's stack.
#include <asm/thread.h>

// Prepares a new thread: the first switch to it calls entry(), on the stack below `top`, with interrupts
// masked. entry() never returns; a stack walk ends there.
void context_init(struct thread_context *c, void *top, void (*entry)(void));

// Frees the context of a thread that has exited.
void context_exit(struct thread_context *c);

// Saves the caller's context in `from` and continues at `to`. Returns when another thread switches back
// to `from`. Saves only the registers that a C function must preserve. Call with interrupts masked.
void context_switch(struct thread_context *from, struct thread_context *to);

// Fills in the registers of a thread that does not run, only those that stack_walk() needs.
void context_regs(const struct thread_context *c, struct pt_regs *regs);
