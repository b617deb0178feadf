// SPDX-License-Identifier: MIT
// The trap frame, and the bits of the program status registers (ARM ARM DDI 0406C, B1.3).
//
// struct pt_regs in memory. The CPU stores nothing: it only sets lr and spsr of the exception's mode.
//
//   offset  field       stored by (arch/arm/entry.S)
//     68                the interrupted sp, when the frame is on the interrupted stack
//     64    cpsr        \ SRS, from spsr and lr of the exception's mode; for a fault MRS and STR.
//     60    pc          / lr is first corrected by up to 8 bytes.
//     56    lr          \ STR, in SVC mode: the banked registers of the interrupted code
//     52    sp          /
//      4    r1 ... r12  \ STMIA
//      0    r0          / <- struct pt_regs *
//
// Interrupts, SVC: built in place on the interrupted stack. Faults: built at the top of fault_stack, then
// copied to the interrupted stack; without room there, to fault_stack below the frames of ABT and UND.
// return_to_regs restores with LDMIA, then RFE for pc and cpsr.
#pragma once

// Processor modes, PSR.M.
#define MODE_USR  0x10
#define MODE_FIQ  0x11
#define MODE_IRQ  0x12
#define MODE_SVC  0x13
#define MODE_ABT  0x17
#define MODE_HYP  0x1a
#define MODE_UND  0x1b
#define MODE_SYS  0x1f
#define MODE_MASK 0x1f

#define PSR_T 0x00000020 // Thumb
#define PSR_F 0x00000040 // FIQ masked
#define PSR_I 0x00000080 // IRQ masked
#define PSR_A 0x00000100 // asynchronous abort masked

// Offsets in struct pt_regs.
#define S_R0         0
#define S_R4         16
#define S_SP         52
#define S_LR         56
#define S_PC         60
#define S_CPSR       64
#define PT_REGS_SIZE 68

// Space for one struct pt_regs on fault_stack, rounded up to keep the alignment.
#define FAULT_FRAME 72

#ifndef __ASSEMBLER__
#include <lib/types.h>

// In the order of Linux's uregs; pc and cpsr are last, because SRS and RFE use them as a pair.
struct pt_regs {
	u32 r[13];
	u32 sp, lr, pc, cpsr;
};

_Static_assert(offsetof(struct pt_regs, sp) == S_SP && offsetof(struct pt_regs, pc) == S_PC &&
		       offsetof(struct pt_regs, cpsr) == S_CPSR &&
		       sizeof(struct pt_regs) == PT_REGS_SIZE,
	       "assembly knows struct pt_regs");

static inline unsigned long regs_pc(const struct pt_regs *regs)
{
	return regs->pc;
}

static inline unsigned long regs_sp(const struct pt_regs *regs)
{
	return regs->sp;
}

static inline bool regs_user_mode(const struct pt_regs *regs)
{
	return (regs->cpsr & MODE_MASK) == MODE_USR;
}
#endif
