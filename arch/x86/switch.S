// SPDX-License-Identifier: MIT
// Switching from one thread to another.
// Linux: __switch_to_asm in arch/x86/entry/entry_32.S.

#include <asm/cfi.h>

	.text

// void context_switch(struct thread_context *from [eax], struct thread_context *to [edx])
// The System V ABI preserves ebx, esi, edi, ebp and esp across a call; eax, ecx, edx and the flags need
// not be saved.
	.globl	context_switch
	.type	context_switch, @function
context_switch:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, (%eax)
	movl	(%edx), %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
	.size	context_switch, . - context_switch

// A new thread starts here. ebx: its first function. A stack walk ends here: ebp is 0, and .cfi_undefined
// tells the debugger.
	.globl	context_start
	.type	context_start, @function
context_start:
	.cfi_startproc
	.cfi_undefined DW_EIP
	call	*%ebx			// void entry(void), never returns
	.cfi_endproc
	.size	context_start, . - context_start

	.section .note.GNU-stack, "", @progbits
