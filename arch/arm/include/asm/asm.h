// SPDX-License-Identifier: MIT
// Macros for assembly files; no C, so:
// clang-format off
#pragma once

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
