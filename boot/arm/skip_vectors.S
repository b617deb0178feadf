// SPDX-License-Identifier: MIT
// Vectors that go on behind the instruction that trapped; the link register of the exception's mode points
// there, or one instruction further. No stack is used. What cannot be skipped stays where it is.

	.syntax unified
	.section .text, "ax"
	.balign	32
	.global	skip_vectors
skip_vectors:
	b	.			// reset
	movs	pc, lr			// undefined instruction
	movs	pc, lr			// supervisor call
	b	.			// prefetch abort
	subs	pc, lr, #4		// data abort
	b	.
	b	.
	b	.
