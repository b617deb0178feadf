// SPDX-License-Identifier: MIT
// Who called whom: the chain of saved ebp.
//
// Rules: reads nothing that it has not checked, so that a broken stack ends the walk and no more.
// Linux: arch/x86/kernel/unwind_frame.c.

#include <arch/cpu.h>
#include <arch/trap.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>

// A frame is the caller's ebp and, above it, the address where the caller goes on.
#define FRAME_RETURN 4
// The first byte of a function that makes a frame.
#define INSN_PUSH_EBP 0x55

// Where trap_entry() returns to: the next frame is the one that entry.S made up.
extern char trap_return[];

// Whether the return address of what runs at pc is still on top of the stack, if anywhere: of what a
// bad pointer led to, of a function at its first instruction, and of one that has no prologue there
// (GCC leaves it out of functions that use no stack, whatever -fno-omit-frame-pointer says).
static bool has_no_frame(unsigned long pc)
{
	const char *name;
	unsigned long offset, size;
	u8 first;

	if (!symbol_lookup(pc, &name, &offset, &size) || offset == 0)
		return true;
	return read_nofault_u8(pc - offset, &first) == 0 && first != INSN_PUSH_EBP;
}

// Goes up from frame fp. A return address is shown as the last byte of the call before it: behind a
// call that never returns, another function may start. What an interrupt stopped is shown as it is.
static void walk_frames(u32 fp, bool (*visit)(unsigned long pc, void *arg), void *arg)
{
	bool exact = false;
	u32 pc;

	// Boot starts the chain with 0; before trap_init() even a checked read may not fault.
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
