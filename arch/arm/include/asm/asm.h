// SPDX-License-Identifier: MIT
// Macros for assembly files. This is not C, so:
// clang-format off
#pragma once

#include <asm/regs.h>

// A function with an unwind table: .save, .setfp and the like may be between the two. A function that a
// stack walk cannot pass uses .cantunwind.
.macro	func name
	.global	\name
	.type	\name, %function
	.balign	4
	.fnstart
\name:
.endm

.macro	endfunc name
	.fnend
	.size	\name, . - \name
.endm

// The same for a function without a caller: a stack walk ends there, also a debugger's.
.macro	func_outermost name
	.cfi_sections .debug_frame
	func	\name
	.cantunwind
	.cfi_startproc
	.cfi_undefined lr
.endm

.macro	endfunc_outermost name
	.cfi_endproc
	endfunc	\name
.endm

// The same for an entry point of an exception: after cfi_regs, a debugger's walk continues in the
// interrupted code. Before it, the walk ends here.
.macro	func_exception name
	.cfi_sections .debug_frame
	func	\name
	.cantunwind
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column 15
	.cfi_undefined 15
.endm

.macro	endfunc_exception name
	.cfi_endproc
	endfunc	\name
.endm

// Tells the debugger: \reg now points to the struct pt_regs of the interrupted code (asm/regs.h).
.macro	cfi_regs reg
	.cfi_def_cfa \reg, PT_REGS_SIZE
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	.cfi_offset \n, S_R0 + 4 * \n - PT_REGS_SIZE
	.endr
	.cfi_offset sp, S_SP - PT_REGS_SIZE
	.cfi_offset lr, S_LR - PT_REGS_SIZE
	.cfi_offset 15, S_PC - PT_REGS_SIZE
.endm

// If the instruction at \insn faults, continue at \fixup (kernel/extable.c).
.macro	ex_entry insn, fixup
	.pushsection __ex_table, "a"
	.long	\insn, \fixup
	.popsection
.endm

// The address of \sym relative to pc: correct at the virtual and at the physical address.
.macro	adr_far reg, sym
	ldr	\reg, .Ldistance\@
.Lbase\@:
	add	\reg, pc, \reg			// pc reads as .Lbase + 8
	b	.Lover\@
.Ldistance\@:
	.long	\sym - .Lbase\@ - 8
.Lover\@:
.endm
