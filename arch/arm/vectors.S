// SPDX-License-Identifier: MIT
// The page at VECTORS_BASE: one word per exception jumps far away (ARM ARM DDI 0406C, B1.8.1).

	.syntax unified
	.section .vectors, "ax"
	.rept	8
	ldr	pc, [pc, #8 * 4 - 8]		// pc reads 8 bytes ahead
	.endr
	.long	vector_reset
	.long	vector_undefined
	.long	vector_svc
	.long	vector_prefetch_abort
	.long	vector_data_abort
	.long	vector_reset			// HYP mode's own, never ours
	.long	vector_irq
	.long	vector_fiq
