// SPDX-License-Identifier: MIT
// Calling a function on another stack.

#include <asm/cfi.h>

	.text

// void call_on_stack(void (*fn)(void *arg) [eax], void *arg [edx], void *top [ecx])
// ebp keeps the old stack pointer, so the chain of frames continues across the change.
// (.cfi_signal_frame: gdb accepts such a frame on any stack; otherwise it would report a corrupt stack.)
	.globl	call_on_stack
	.type	call_on_stack, @function
call_on_stack:
	.cfi_startproc
	.cfi_signal_frame
	SAVE	%ebp, DW_EBP
	movl	%esp, %ebp
	.cfi_def_cfa_register DW_EBP
	movl	%ecx, %esp
	movl	%eax, %ecx
	movl	%edx, %eax
	call	*%ecx
	movl	%ebp, %esp
	.cfi_def_cfa_register DW_ESP
	RESTORE	%ebp, DW_EBP
	ret
	.cfi_endproc
	.size	call_on_stack, . - call_on_stack

	.section .note.GNU-stack, "", @progbits
