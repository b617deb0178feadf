// SPDX-License-Identifier: MIT
// The way into the kernel from interrupts and exceptions, and back.
//
// The CPU (SDM vol 3A, 6.12) has pushed eflags, cs, eip, for some exceptions an error code, and has
// masked interrupts (all our gates are interrupt gates). Here the rest of struct pt_regs follows.

#include <asm/processor.h>
#include <asm/regs.h>

	.text

// One stub per vector, TRAP_STUB_SIZE bytes each: makes every frame look alike by pushing a 0 where
// the CPU pushed no error code, then leaves the vector where xgs will be.
	.globl	trap_stubs
	.balign	TRAP_STUB_SIZE
trap_stubs:
	.set	vector, 0
	.rept	NR_EXCEPTIONS
	.balign	TRAP_STUB_SIZE
	.if	(X86_TRAPS_WITH_ERROR_CODE >> vector) & 1
	.else
	pushl	$0
	.endif
	pushl	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr
	.rept	NR_VECTORS - NR_EXCEPTIONS
	.balign	TRAP_STUB_SIZE
	pushl	$0
	pushl	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr

// Calls void trap_entry(struct pt_regs *regs [eax], u32 vector [edx]), then resumes what regs says.
	.type	trap_common, @function
trap_common:
	pushl	%fs
	pushl	%es
	pushl	%ds
	pushl	%eax
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	movl	PT_XGS(%esp), %edx
	movl	%gs, %ecx
	movl	%ecx, PT_XGS(%esp)
	movw	$0, PT_XCS+2(%esp)	// what the CPU leaves there is not defined
	movl	$__KERNEL_DS, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%esp, %eax
	pushl	$X86_EFLAGS_FIXED	// whatever was interrupted: DF, AC and NT are clear here
	popfl
	pushl	PT_EIP(%eax)		// a frame for whoever walks the stack: the interrupted
	pushl	%ebp			// function called us
	movl	%esp, %ebp
	call	trap_entry
	.globl	trap_return
trap_return:
	addl	$8, %esp
	popl	%ebx
	popl	%ecx
	popl	%edx
	popl	%esi
	popl	%edi
	popl	%ebp
	popl	%eax
	popl	%ds
	popl	%es
	popl	%fs
	popl	%gs
	addl	$4, %esp		// the error code
	iret
	.size	trap_common, . - trap_common

	.section .note.GNU-stack, "", @progbits
