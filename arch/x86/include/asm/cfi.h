// SPDX-License-Identifier: MIT
// Macros for assembly files. This is not C, so:
// clang-format off
//
// They push registers and tell a debugger where they are. CFI is only for debuggers: the kernel itself
// walks its stacks by ebp.
//
// Manual: System V ABI, Intel386 supplement, table 2.14 (DWARF's numbers of registers).
#pragma once

	.cfi_sections .debug_frame

#define DW_EAX 0
#define DW_ECX 1
#define DW_EDX 2
#define DW_EBX 3
#define DW_ESP 4
#define DW_EBP 5
#define DW_ESI 6
#define DW_EDI 7
#define DW_EIP 8

// Pushes a value that a debugger need not restore.
.macro	PUSH what
	pushl	\what
	.cfi_adjust_cfa_offset 4
.endm
.macro	POP what
	popl	\what
	.cfi_adjust_cfa_offset -4
.endm

.macro	SAVE reg, number
	PUSH	\reg
	.cfi_rel_offset \number, 0
.endm
.macro	RESTORE reg, number
	POP	\reg
	.cfi_same_value \number
.endm
