// SPDX-License-Identifier: MIT
// Macros for assembly files; no C, so:
// clang-format off
#pragma once

#include <asm/regs.h>

// A function with an unwind table: .save, .setfp and the like may stand between the two. One that
// nobody can be walked through says .cantunwind.
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

// The same around a function that nobody called: where a walk of the stack ends, a debugger's too.
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

// The same around a way into the kernel from an exception: a debugger's walk goes through to what was
// interrupted, once cfi_regs has said where its registers are. Before that it ends here.
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

// From here on \reg points to the struct pt_regs of what was interrupted (asm/regs.h).
.macro	cfi_regs reg
	.cfi_def_cfa \reg, PT_REGS_SIZE
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	.cfi_offset \n, S_R0 + 4 * \n - PT_REGS_SIZE
	.endr
	.cfi_offset sp, S_SP - PT_REGS_SIZE
	.cfi_offset lr, S_LR - PT_REGS_SIZE
	.cfi_offset 15, S_PC - PT_REGS_SIZE
.endm

// When the instruction at \insn faults, go on at \fixup (kernel/extable.c).
.macro	ex_entry insn, fixup
	.pushsection __ex_table, "a"
	.long	\insn, \fixup
	.popsection
.endm

// The address where \sym is now, from wherever the code runs.
.macro	adr_far reg, sym
	ldr	\reg, .Ldistance\@
.Lbase\@:
	add	\reg, pc, \reg			// pc reads as .Lbase + 8
	b	.Lover\@
.Ldistance\@:
	.long	\sym - .Lbase\@ - 8
.Lover\@:
.endm
