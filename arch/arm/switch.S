// SPDX-License-Identifier: MIT
// Switching from one thread to another.
// Linux: __switch_to in arch/arm/kernel/entry-armv.S, which saves the registers in struct thread_info.

#include <asm/asm.h>

	.syntax unified
	.text

// void context_switch(struct thread_context *from [r0], struct thread_context *to [r1]): the procedure
// call standard (AAPCS, 6.1.1) preserves r4-r11 and sp across a call; lr is the return address. r0-r3, ip
// and the flags need not be saved.
func context_switch
	push	{r4-r11, lr}
	.save	{r4-r11, lr}
	str	sp, [r0]
	ldr	sp, [r1]
	pop	{r4-r11, pc}
endfunc context_switch

// A new thread starts here. r4: its first function.
func_outermost context_start
	blx	r4				// void entry(void), never returns
endfunc_outermost context_start
