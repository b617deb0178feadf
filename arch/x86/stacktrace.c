// SPDX-License-Identifier: MIT
// Stack walks: follows the chain of saved ebp.
//
// Rules: reads memory only with read_nofault(), so that a broken stack just ends the walk.
// Linux: arch/x86/kernel/unwind_frame.c.

#include <arch/cpu.h>
#include <arch/trap.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>

// A frame is the caller's ebp and, above it, the return address.
#define FRAME_RETURN 4
// The first byte of a function that makes a frame.
#define INSN_PUSH_EBP 0x55

// trap_entry()'s return address: the next frame is the artificial one from entry.S.
extern char trap_return[];

// Whether the code at pc has no frame, so that its return address, if any, is on top of the stack: after
// a jump through a bad pointer, at a function's first instruction, and in a function without a prologue
// (GCC omits it in functions that use no stack, even with -fno-omit-frame-pointer).
static bool has_no_frame(unsigned long pc)
{
	const char *name;
	unsigned long offset, size;
	u8 first;

	if (!symbol_lookup(pc, &name, &offset, &size) || offset == 0)
		return true;
	return read_nofault_u8(pc - offset, &first) == 0 && first != INSN_PUSH_EBP;
}

// Walks up from frame fp. Reports a return address minus 1, in the call itself: after a call that never
// returns, another function may start. Reports the pc of interrupted code unchanged.
static void walk_frames(u32 fp, bool (*visit)(unsigned long pc, void *arg), void *arg)
{
	bool exact = false;
	u32 pc;

	// Boot starts the chain with 0. Before trap_init() even read_nofault() must not fault.
	for (int i = 0; i < STACK_WALK_MAX && fp != 0; i++) {
		if (read_nofault(fp + FRAME_RETURN, &pc) != 0 || !is_kernel_text(pc))
			return;
		if (!visit(exact ? pc : pc - 1, arg) || read_nofault(fp, &fp) != 0)
			return;
		exact = pc == (unsigned long)trap_return;
	}
}

void stack_walk(const struct pt_regs *regs, bool (*visit)(unsigned long pc, void *arg), void *arg)
{
	u32 pc;

	if (!regs) {
		walk_frames(current_fp(), visit, arg);
		return;
	}
	if (!visit(regs->eip, arg) || regs_user_mode(regs))
		return;
	if (has_no_frame(regs->eip) && read_nofault(regs_sp(regs), &pc) == 0 &&
	    is_kernel_text(pc) && !visit(pc - 1, arg))
		return;
	walk_frames(regs->ebp, visit, arg);
}
