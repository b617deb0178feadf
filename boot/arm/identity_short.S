// SPDX-License-Identifier: MIT
// RAM at its own address for the moment in which an early exception turns the MMU off: one section in the
// root. A table for it alone would take 16 KB, and so early there is no other root.

#include <asm/asm.h>

	.syntax unified

// A section of the short-descriptor format (asm/pt_short.h has the bits): code, read-only, not cached.
#define SECTION_CODE 0x00019402 // S, AP[2], AP[0], TEX 1, section
#define SECTION_SHIFT 20

	.section .text.identity, "ax"

// void early_identity_here(r8: an address in the image, r9: its physical address). FIQ mode, no stack;
// keeps all but r10-r12. With the MMU off the entry is written, and means nothing.
	.global	early_identity_here
early_identity_here:
	adr_far	r10, kernel_root
	lsr	r11, r9, #SECTION_SHIFT
	ldr	r12, =SECTION_CODE
	orr	r12, r12, r11, lsl #SECTION_SHIFT
	str	r12, [r10, r11, lsl #2]
	dsb
	mov	r12, #0
	mcr	p15, 0, r12, c8, c7, 0		// TLBIALL
	dsb
	isb
	bx	lr
	.ltorg
