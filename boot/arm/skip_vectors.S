// SPDX-License-Identifier: MIT
// Vectors that go on behind the instruction that trapped; the link register of the exception's mode points
// there, or one instruction further. No stack is used. What cannot be skipped ends with a line.

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
