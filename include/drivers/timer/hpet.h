// SPDX-License-Identifier: MIT
// The PC's High Precision Event Timer: a free-running counter, and comparators.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define HPET_SIZE 0x400

// Checks the registers and starts the main counter; its probe returns -ENODEV if they are not those of a
// usable HPET. For one device.
extern struct device_driver hpet_driver;

// Starts the tick of HZ, on the PIT's interrupt and instead of it, and registers the clocksource.
// Returns 0, -ENODEV (no device, or it does not count), or request_irq()'s error. May sleep.
__must_check int hpet_start_tick(void);

// The main counter's value, and its frequency; 0 without an HPET. Any context. Loses 2^32 counts (43 s
// on QEMU) if it is not called for that long; each tick calls it.
u64 hpet_read(void);
u32 hpet_hz(void);
