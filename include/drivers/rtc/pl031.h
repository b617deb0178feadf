// SPDX-License-Identifier: MIT
// The PL031 real-time clock: a counter of seconds since 1970.
#pragma once

#include <lib/compiler.h>

#define PL031_SIZE 0x1000

// Registers the clock at regs and starts it where it stands. One clock.
void pl031_init(void __iomem *regs);
