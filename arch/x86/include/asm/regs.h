// SPDX-License-Identifier: MIT
// The trap frame: struct pt_regs of Linux's i386 ABI, with the names that user programs see.
//
// In memory; the stack grows down, so the top row is pushed first (arch/x86/entry.S):
//
//   offset  field               pushed by
//   60, 64  esp, xss            the CPU, only from user mode; else the interrupted stack starts here
//       56  eflags              the CPU
//       52  xcs                 the CPU
//       48  eip                 the CPU
//       44  orig_eax            the CPU: the error code; or a vector's stub: 0
//       40  xgs                 the stub: the vector, which trap_common replaces by gs
//   28..36  xds, xes, xfs       trap_common, fs first
//       24  eax                 trap_common
//   16, 20  edi, ebp            trap_common, ebp first
//    0..12  ebx, ecx, edx, esi  trap_common, esi first; ebx is at struct pt_regs *
//
// A double fault pushes no such frame: the CPU saves the registers in a TSS; double_fault() copies them.
#pragma once

#include <asm/processor.h>

// Byte offsets, for assembly.
#define PT_EBX      0
#define PT_EBP      20
#define PT_EAX      24
#define PT_XGS      40
#define PT_ORIG_EAX 44
#define PT_EIP      48
#define PT_XCS      52
#define PT_ESP      60

#ifndef __ASSEMBLER__
#include <lib/types.h>

struct pt_regs {
	u32 ebx, ecx, edx, esi, edi, ebp, eax;
	u32 xds, xes, xfs, xgs;
	u32 orig_eax; // the exception's error code, or 0
	u32 eip, xcs, eflags;
	u32 esp, xss; // on the stack only if user mode was interrupted; else see regs_sp()
};

_Static_assert(offsetof(struct pt_regs, ebp) == PT_EBP && offsetof(struct pt_regs, eax) == PT_EAX &&
		       offsetof(struct pt_regs, xgs) == PT_XGS &&
		       offsetof(struct pt_regs, orig_eax) == PT_ORIG_EAX &&
		       offsetof(struct pt_regs, eip) == PT_EIP &&
		       offsetof(struct pt_regs, xcs) == PT_XCS &&
		       offsetof(struct pt_regs, esp) == PT_ESP,
	       "entry.S knows the layout of struct pt_regs");

// A flag in xcs, whose upper half entry.S clears: the registers come from a TSS (after a double fault)
// or a saved context, not from a push, so esp is always valid.
#define PT_XCS_HAS_ESP 0x80000000U

static inline unsigned long regs_pc(const struct pt_regs *regs)
{
	return regs->eip;
}

static inline bool regs_user_mode(const struct pt_regs *regs)
{
	return (regs->xcs & SEGMENT_RPL_MASK) != 0;
}

// The CPU pushes ss and esp only if it changes stacks. Otherwise the interrupted stack starts directly
// above eflags.
static inline unsigned long regs_sp(const struct pt_regs *regs)
{
	if (regs_user_mode(regs) || (regs->xcs & PT_XCS_HAS_ESP))
		return regs->esp;
	return (unsigned long)&regs->esp;
}
#endif
