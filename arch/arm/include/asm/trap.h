// SPDX-License-Identifier: MIT
// Between entry.S, trap.c and unwind.c: what assembly calls, and what it offers.
#pragma once

#include <arch/trap.h>

// Called by entry.S. no_stack: the interrupted stack has no room, or is no stack; this runs
// on fault_stack.
void do_data_abort(struct pt_regs *regs, bool no_stack);
void do_prefetch_abort(struct pt_regs *regs, bool no_stack);
void do_undefined(struct pt_regs *regs, bool no_stack);
void do_svc(struct pt_regs *regs);
void do_reset(struct pt_regs *regs);
void do_fiq(struct pt_regs *regs);

// The stacks of ABT and UND mode, from top downwards.
void set_fault_stacks(void *top);

// The first of the functions in which r4 points to a struct pt_regs wherever they call C; the first
// function behind them is set_fault_stacks().
void vector_irq(void);

// Stores r4-r11 and sp of its caller, and as pc and lr where the caller goes on.
void unwind_here(struct pt_regs *regs);
