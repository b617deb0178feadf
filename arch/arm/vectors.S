// SPDX-License-Identifier: MIT
// The page at VECTORS_BASE: one instruction per exception, which loads pc from the table below (ARM ARM
// DDI 0406C, B1.8.1).

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
	.long	vector_reset			// only HYP mode uses this one
	.long	vector_irq
	.long	vector_fiq
