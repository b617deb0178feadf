// SPDX-License-Identifier: MIT
// Changing stacks for one call.

	.text

// void call_on_stack(void (*fn)(void *arg) [eax], void *arg [edx], void *top [ecx])
// ebp keeps the old stack, so the chain of frames goes on across the change.
	.globl	call_on_stack
	.type	call_on_stack, @function
call_on_stack:
	pushl	%ebp
	movl	%esp, %ebp
	movl	%ecx, %esp
	movl	%eax, %ecx
	movl	%edx, %eax
	call	*%ecx
	movl	%ebp, %esp
	popl	%ebp
	ret
	.size	call_on_stack, . - call_on_stack

	.section .note.GNU-stack, "", @progbits
