// SPDX-License-Identifier: MIT
// Memory accesses that may fault: each returns 0, or -EFAULT through __ex_table (include/arch/trap.h).

#include <abi/errno.h>

	.text

.macro	EX_TABLE insn, fixup
	.pushsection __ex_table, "a"
	.long	\insn, \fixup
	.popsection
.endm

// int read_nofault(unsigned long addr [eax], u32 *val [edx])
	.globl	read_nofault
	.type	read_nofault, @function
read_nofault:
1:	movl	(%eax), %ecx
	movl	%ecx, (%edx)
	xorl	%eax, %eax
	ret
	.size	read_nofault, . - read_nofault
	EX_TABLE 1b, nofault_failed

// int read_nofault_u8(unsigned long addr [eax], u8 *val [edx])
	.globl	read_nofault_u8
	.type	read_nofault_u8, @function
read_nofault_u8:
1:	movb	(%eax), %cl
	movb	%cl, (%edx)
	xorl	%eax, %eax
	ret
	.size	read_nofault_u8, . - read_nofault_u8
	EX_TABLE 1b, nofault_failed

// int write_nofault(unsigned long addr [eax], u32 val [edx])
	.globl	write_nofault
	.type	write_nofault, @function
write_nofault:
1:	movl	%edx, (%eax)
	xorl	%eax, %eax
	ret
	.size	write_nofault, . - write_nofault
	EX_TABLE 1b, nofault_failed

	.type	nofault_failed, @function
nofault_failed:
	movl	$-EFAULT, %eax
	ret
	.size	nofault_failed, . - nofault_failed

	.section .note.GNU-stack, "", @progbits
