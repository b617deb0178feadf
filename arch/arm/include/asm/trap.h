// SPDX-License-Identifier: MIT
// Shared by entry.S, trap.c and unwind.c: what assembly calls, and what C calls in assembly.
#pragma once

#include <arch/trap.h>

// Called by entry.S. no_stack: the interrupted stack has no room or sp is bad; the handler runs on
// fault_stack.
void do_data_abort(struct pt_regs *regs, bool no_stack);
void do_prefetch_abort(struct pt_regs *regs, bool no_stack);
void do_undefined(struct pt_regs *regs, bool no_stack);
void do_svc(struct pt_regs *regs);
void do_reset(struct pt_regs *regs);
void do_fiq(struct pt_regs *regs);

// Sets the stacks of ABT and UND mode, from top downwards.
void set_fault_stacks(void *top);

// The first of the functions in which r4 points to a struct pt_regs at every call of C;
// set_fault_stacks() is the first function after them.
void vector_irq(void);

// Stores its caller's r4-r11 and sp, and its own return address as pc and lr.
void unwind_here(struct pt_regs *regs);
