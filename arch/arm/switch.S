// SPDX-License-Identifier: MIT
// From one thread to another.
// Linux: __switch_to in arch/arm/kernel/entry-armv.S, which keeps the registers beside the stack.

#include <asm/asm.h>

	.syntax unified
	.text

// void context_switch(struct thread_context *from [r0], struct thread_context *to [r1]): r4-r11, sp and
// lr are what the procedure call standard (AAPCS, 6.1.1) lets the caller rely on; it expects nothing of
// r0-r3, ip and the flags.
func context_switch
	push	{r4-r11, lr}
	.save	{r4-r11, lr}
	str	sp, [r0]
	ldr	sp, [r1]
	pop	{r4-r11, pc}
endfunc context_switch

// Where a new thread goes on, r4: its first function.
func_outermost context_start
	blx	r4				// void entry(void), never returns
endfunc_outermost context_start
