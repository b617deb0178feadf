// SPDX-License-Identifier: MIT
// Accesses that may fault: each returns 0, or -EFAULT through __ex_table (include/arch/trap.h).

#include <abi/errno.h>
#include <asm/asm.h>

	.syntax unified
	.text

// int read_nofault(unsigned long addr, u32 *val)
func read_nofault
	.cantunwind
1:	ldr	r0, [r0]
	str	r0, [r1]
	mov	r0, #0
	bx	lr
	ex_entry 1b, nofault_fixup
endfunc read_nofault

// int read_nofault_u8(unsigned long addr, u8 *val)
func read_nofault_u8
	.cantunwind
1:	ldrb	r0, [r0]
	strb	r0, [r1]
	mov	r0, #0
	bx	lr
	ex_entry 1b, nofault_fixup
endfunc read_nofault_u8

// int write_nofault(unsigned long addr, u32 val)
func write_nofault
	.cantunwind
1:	str	r1, [r0]
	mov	r0, #0
	bx	lr
	ex_entry 1b, nofault_fixup
endfunc write_nofault

nofault_fixup:
	mvn	r0, #(EFAULT - 1)
	bx	lr

// int exec_nofault(unsigned long addr): the target faults, not the call. So the prefetch abort looks up
// the call before lr in __ex_table (arch/arm/trap.c).
func exec_nofault
	push	{r4, lr}
	.save	{r4, lr}
1:	blx	r0
	mov	r0, #0
	pop	{r4, pc}
2:	mvn	r0, #(EFAULT - 1)
	pop	{r4, pc}
	ex_entry 1b, 2b
endfunc exec_nofault
