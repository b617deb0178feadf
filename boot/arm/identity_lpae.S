// SPDX-License-Identifier: MIT
// An identity mapping of devices and RAM, for early_puts() while the MMU is on. A static table, so that
// it is valid even if the other tables are not.

// Level-1 blocks of the long-descriptor format (asm/pt_lpae.h has the bits): registers, not executable;
// code, read-only, not cached.
#define BLOCK_DEVICE 0x0060000000000401 // XN, PXN, AF, MAIR_DEVICE, block
#define BLOCK_CODE   0x0000000000000789 // AF, inner shareable, AP[2], MAIR_WC, block

	.section .rodata.identity, "a"

// Blocks of 1 GB: devices below RAM, then RAM itself.
	.balign	32
	.global	early_identity
early_identity:
	.quad	0x00000000 + BLOCK_DEVICE
	.quad	0x40000000 + BLOCK_CODE
	.quad	0x80000000 + BLOCK_CODE
	.quad	0
