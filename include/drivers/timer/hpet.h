// SPDX-License-Identifier: MIT
// The PC's High Precision Event Timer: a counter that goes on by itself, and comparators.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define HPET_SIZE 0x400

// Looks at the registers at regs and starts the main counter. Returns 0, or -ENODEV when they cannot be
// those of an HPET that we can use. One HPET.
__must_check int hpet_init(void __iomem *regs);

// Starts the tick of HZ on this interrupt, in the PIT's place, and registers the clocksource. After
// hpet_init(). Returns 0, or request_irq()'s error.
__must_check int hpet_start_tick(unsigned int irq);

// What the main counter has counted, and how much that is in a second; 0 before hpet_init(). Any context.
// Loses 2^32 counts (43 s on QEMU) while nobody asks for so long; each tick asks.
u64 hpet_read(void);
u32 hpet_hz(void);
