// SPDX-License-Identifier: MIT
// The contract for exceptions: the interrupted registers, printing them, walking the callers.
#pragma once

#include <asm/regs.h> // struct pt_regs, with regs_pc(), regs_sp() and regs_user_mode() inline
#include <lib/compiler.h>
#include <lib/types.h>

// Installs the final vectors or gates, and the stack for stack overflows. Before this, boot's own
// handlers catch exceptions. Call once, from kmain.
void trap_init(void);

// Prints the registers in Linux's format for this CPU.
void show_regs(const struct pt_regs *regs);

#define STACK_WALK_MAX 1024 // more than any stack holds; ends a walk in a circle

// Calls visit(pc, arg) for each frame, the innermost first, until visit() returns false or the stack
// ends. regs NULL: starts at the caller. Reads memory with read_nofault(): safe in an oops.
void stack_walk(const struct pt_regs *regs, bool (*visit)(unsigned long pc, void *arg), void *arg);

// Reads or writes a word (_u8: a byte) at any address. Returns 0, or -EFAULT: the access faults.
__must_check int read_nofault(unsigned long addr, u32 *val);
__must_check int write_nofault(unsigned long addr, u32 val);
__must_check int read_nofault_u8(unsigned long addr, u8 *val);

// One entry of __ex_table: if the instruction at insn faults, continue at fixup.
struct ex_entry {
	unsigned long insn, fixup;
};

// Kinds of `crash` for this CPU only; kernel/debug/crash.c has the generic ones.
struct crash_kind {
	const char *name, *what;
	void (*crash)(void);
};
extern const struct crash_kind arch_crash_kinds[]; // ends with a NULL name
