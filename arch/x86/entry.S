// SPDX-License-Identifier: MIT
// Entering the kernel from interrupts and exceptions, and returning.
//
// The CPU (SDM vol 3A, 6.12) has pushed eflags, cs, eip and, for some exceptions, an error code; it has
// masked interrupts (all our gates are interrupt gates). This code pushes the rest of struct pt_regs
// (asm/regs.h).

#include <asm/cfi.h>
#include <asm/processor.h>
#include <asm/regs.h>

// Bytes that the CPU pushes when it interrupts the kernel. Above them is the interrupted esp: CFI's CFA.
// (From user mode the CPU first pushes ss and esp; a debugger then shows a wrong esp.)
#define CPU_FRAME 12

	.text

// One stub per vector, TRAP_STUB_SIZE bytes each. It pushes a 0 if the CPU pushed no error code, so that
// all frames are alike, then the vector, at the place of xgs.
	.globl	trap_stubs
	.balign	TRAP_STUB_SIZE
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa DW_ESP, CPU_FRAME
	.cfi_offset DW_EIP, -CPU_FRAME
trap_stubs:
	.set	vector, 0
	.rept	NR_EXCEPTIONS
	.balign	TRAP_STUB_SIZE
	.cfi_def_cfa_offset CPU_FRAME
	.if	(X86_TRAPS_WITH_ERROR_CODE >> vector) & 1
	.cfi_adjust_cfa_offset 4
	.else
	PUSH	$0
	.endif
	PUSH	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr
	.rept	NR_VECTORS - NR_EXCEPTIONS
	.balign	TRAP_STUB_SIZE
	.cfi_def_cfa_offset CPU_FRAME
	PUSH	$0
	PUSH	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr

// Calls void trap_entry(struct pt_regs *regs [eax], u32 vector [edx]), then returns to the state in regs.
	.type	trap_common, @function
trap_common:
	.cfi_def_cfa_offset CPU_FRAME + 8
	PUSH	%fs
	PUSH	%es
	PUSH	%ds
	SAVE	%eax, DW_EAX
	SAVE	%ebp, DW_EBP
	SAVE	%edi, DW_EDI
	SAVE	%esi, DW_ESI
	SAVE	%edx, DW_EDX
	SAVE	%ecx, DW_ECX
	SAVE	%ebx, DW_EBX
	movl	PT_XGS(%esp), %edx
	movl	%gs, %ecx
	movl	%ecx, PT_XGS(%esp)
	movw	$0, PT_XCS+2(%esp)	// the CPU leaves the upper half undefined
	movl	$__KERNEL_DS, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%esp, %eax
	PUSH	$X86_EFLAGS_FIXED	// clear DF, AC and NT, whatever the interrupted code had
	popfl
	.cfi_adjust_cfa_offset -4
	PUSH	PT_EIP(%eax)		// a frame for the stack walk, as if the interrupted
	PUSH	%ebp			// function had called this code
	movl	%esp, %ebp
	call	trap_entry
	.globl	trap_return
trap_return:
	addl	$8, %esp
	.cfi_adjust_cfa_offset -8
	RESTORE	%ebx, DW_EBX
	RESTORE	%ecx, DW_ECX
	RESTORE	%edx, DW_EDX
	RESTORE	%esi, DW_ESI
	RESTORE	%edi, DW_EDI
	RESTORE	%ebp, DW_EBP
	RESTORE	%eax, DW_EAX
	POP	%ds
	POP	%es
	POP	%fs
	POP	%gs
	addl	$4, %esp		// the error code
	.cfi_adjust_cfa_offset -4
	iret
	.cfi_endproc
	.size	trap_common, . - trap_common

	.section .note.GNU-stack, "", @progbits
