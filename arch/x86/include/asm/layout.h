// SPDX-License-Identifier: MIT
// A multiboot loader puts the kernel at 1 MB, above the PC's holes.
#pragma once

#define TEXT_OFFSET UL(0x00100000)

// Rows of mm/proc/layout.c's table: none.
#define ARCH_AREAS
