// SPDX-License-Identifier: MIT
// The contract for exceptions: what was interrupted, how to show it, and how to walk its callers.
#pragma once

#include <asm/regs.h> // struct pt_regs, with regs_pc(), regs_sp() and regs_user_mode() inline
#include <lib/compiler.h>
#include <lib/types.h>

// Final vectors or gates, and the stack for stack overflows. Before it the boot code's own catch
// exceptions. Call once, from kmain.
void trap_init(void);

// Prints the registers as Linux does on this CPU.
void show_regs(const struct pt_regs *regs);

#define STACK_WALK_MAX 1024 // no stack holds more frames, and a walk in a circle ends

// Calls visit(pc, arg) for each frame from the innermost on, until it returns false or the stack
// ends. regs NULL: from the caller. Reads only memory that it has checked: safe in an oops.
void stack_walk(const struct pt_regs *regs, bool (*visit)(unsigned long pc, void *arg), void *arg);

// Reads or writes a word (a byte, for _u8) anywhere. Returns 0, or -EFAULT where that faults.
__must_check int read_nofault(unsigned long addr, u32 *val);
__must_check int write_nofault(unsigned long addr, u32 val);
__must_check int read_nofault_u8(unsigned long addr, u8 *val);

// One entry of __ex_table: when the instruction at insn faults, go on at fixup instead.
struct ex_entry {
	unsigned long insn, fixup;
};

// Kinds of `crash` that only this CPU knows, beside the generic ones (kernel/debug/crash.c).
struct crash_kind {
	const char *name, *what;
	void (*crash)(void);
};
extern const struct crash_kind arch_crash_kinds[]; // ends with a NULL name
