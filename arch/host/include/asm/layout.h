// SPDX-License-Identifier: MIT
// Where the program is linked: as on a PC, 1 MB into RAM. It is the kernel's image, at its virtual
// address, in the midst of the array that is RAM.
#pragma once

#define TEXT_OFFSET UL(0x00100000)

// Rows of mm/proc/layout.c's table: none.
#define ARCH_AREAS
