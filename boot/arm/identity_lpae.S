// SPDX-License-Identifier: MIT
// RAM at its own address for the moment in which an early exception turns the MMU off: a static table, so
// that it does not matter what the others hold.

	.syntax unified

// Level-1 blocks of the long-descriptor format (asm/pt_lpae.h has the bits): registers, not executable;
// code, read-only, not cached.
#define BLOCK_DEVICE 0x0060000000000401 // XN, PXN, AF, MAIR_DEVICE, block
#define BLOCK_CODE   0x0000000000000789 // AF, inner shareable, AP[2], MAIR_WC, block

	.section .text.identity, "ax"

// void early_identity_here(r8: an address in the image, r9: its physical address). FIQ mode, no stack;
// keeps all but r10-r12.
	.global	early_identity_here
early_identity_here:
	adr	r11, early_identity
	sub	r10, r9, r8
	add	r11, r11, r10
	mov	r12, #0
	mcrr	p15, 0, r11, r12, c2		// TTBR0
	isb
	mcr	p15, 0, r12, c8, c7, 0		// TLBIALL
	dsb
	isb
	bx	lr

// Level-1 blocks of 1 GB at their own address: devices below RAM, then RAM itself, executable and
// read-only. early_puts() finds the UART by it while the MMU is on.
	.balign	32
	.global	early_identity
early_identity:
	.quad	0x00000000 + BLOCK_DEVICE
	.quad	0x40000000 + BLOCK_CODE
	.quad	0x80000000 + BLOCK_CODE
	.quad	0
