// SPDX-License-Identifier: MIT
// Explains a fault in the kernel, then stops the machine: one sentence, the registers, the call trace and
// the page walk of the address.
#pragma once

#include <arch/trap.h>

enum access { ACCESS_NONE, ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC };

// A fault as the arch's handler decoded it, in the manual's words.
struct fault {
	const char *what;        // "page fault", "undefined instruction", "divide error"
	const char *status_name; // the manual's name of the status: "error code"; or NULL
	u32 status;
	const char *why; // the status in words: "translation fault, level 2"; may be NULL
	enum access access;
	unsigned long address; // valid unless access is ACCESS_NONE
};

// The arch's handlers call this for a fault in the kernel without a fixup. Any context.
__noreturn void oops(const struct pt_regs *regs, const struct fault *fault);

// Whether the address is in the guard page of the thread's, the interrupt or the fault stack. Any
// context.
bool in_any_stack_guard(unsigned long va);

// The address to continue at when the instruction at pc faults, or 0: none. (kernel/extable.c)
unsigned long ex_table_fixup(unsigned long pc);

// Logs the running thread and " [<pc>] symbol+off/size" for each caller, at level KERN_ERR. regs NULL:
// starts here. Any context. (kernel/oops.c)
void dump_stack(const struct pt_regs *regs);
// Logs only the callers; regs may be a sleeping thread's.
void show_trace(const struct pt_regs *regs);
