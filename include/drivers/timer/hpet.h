// SPDX-License-Identifier: MIT
// The PC's High Precision Event Timer: a counter that goes on by itself, and comparators.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define HPET_SIZE 0x400

// Looks at the registers and starts the main counter; its probe says -ENODEV when they cannot be those of
// an HPET that we can use. For one device.
extern struct device_driver hpet_driver;

// Starts the tick of HZ, in the PIT's place and on its interrupt, and registers the clocksource. Returns 0,
// -ENODEV without the device, or request_irq()'s error. May sleep.
__must_check int hpet_start_tick(void);

// What the main counter has counted, and how much that is in a second; 0 without one. Any context.
// Loses 2^32 counts (43 s on QEMU) while nobody asks for so long; each tick asks.
u64 hpet_read(void);
u32 hpet_hz(void);
