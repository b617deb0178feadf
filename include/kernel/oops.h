// SPDX-License-Identifier: MIT
// Explaining a fault of the kernel: what the arch found, put into one sentence, with registers,
// callers by name and the page walk of the address, before the machine stops.
#pragma once

#include <arch/trap.h>

enum access { ACCESS_NONE, ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC };

// What the arch's handler decoded, in the manual's words.
struct fault {
	const char *what;        // "page fault", "undefined instruction", "divide error"
	const char *status_name; // as the manual calls it, "error code"; or NULL
	u32 status;
	const char *why; // the status in words: "translation fault, level 2"; may be NULL
	enum access access;
	unsigned long address; // valid unless access is ACCESS_NONE
};

// Upcall of the arch's handlers for a fault in the kernel that no fixup answers. Any context.
__noreturn void oops(const struct pt_regs *regs, const struct fault *fault);

// Whether the address lies in the page below the stack of the thread, of interrupts or of faults. Any
// context.
bool in_any_stack_guard(unsigned long va);

// Where to go on when the instruction at pc faults, or 0. (kernel/extable.c)
unsigned long ex_table_fixup(unsigned long pc);

// Logs who runs, and "  pc  symbol+off/size" for each caller, as errors: as the reports that these lines
// belong to. regs NULL: from here. Any context. (kernel/oops.c)
void dump_stack(const struct pt_regs *regs);
// The callers alone: regs may be those of a thread that sleeps.
void show_trace(const struct pt_regs *regs);
