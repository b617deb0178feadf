// SPDX-License-Identifier: MIT
// Vectors that continue after the instruction that trapped. lr of the exception's mode points there, or
// one instruction further. They use no stack. Other exceptions end in skip_stuck().

#include <asm/asm.h>
#include <asm/regs.h>

	.syntax unified
	.section .text, "ax"
	.balign	32
	.global	skip_vectors
skip_vectors:
	b	stuck			// reset
	movs	pc, lr			// undefined instruction
	movs	pc, lr			// supervisor call
	b	stuck			// prefetch abort
	subs	pc, lr, #4		// data abort
	b	stuck
	b	stuck
	b	stuck
stuck:	cps	#MODE_SVC
	adr_far	sp, fault_stack_top
	b	skip_stuck		// void skip_stuck(void)
