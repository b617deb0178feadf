// SPDX-License-Identifier: MIT
// From one thread to another.
// Linux: __switch_to_asm in arch/x86/entry/entry_32.S.

#include <asm/cfi.h>

	.text

// void context_switch(struct thread_context *from [eax], struct thread_context *to [edx])
// ebx, esi, edi, ebp and esp are what the System V ABI lets the caller rely on; eax, ecx, edx and the
// flags are lost in every call.
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

// Where a new thread goes on, ebx: its first function. Who walks the stack finds that nobody called us:
// ebp is 0, and a debugger is told so.
	.globl	context_start
	.type	context_start, @function
context_start:
	.cfi_startproc
	.cfi_undefined DW_EIP
	call	*%ebx			// void entry(void), never returns
	.cfi_endproc
	.size	context_start, . - context_start

	.section .note.GNU-stack, "", @progbits
