// SPDX-License-Identifier: MIT
// QEMU's Linux boot protocol loads a raw image at 64 KB into RAM.
#pragma once

#define TEXT_OFFSET UL(0x00010000)

// Fixed by hardware: the high vectors (ARM ARM B1.8.1, SCTLR.V = 1).
#define VECTORS_BASE UL(0xffff0000)

// Rows of mm/proc/layout.c's table.
#define ARCH_AREAS { "vector", VECTORS_BASE, VECTORS_BASE + PAGE_SIZE - 1, true },
