// SPDX-License-Identifier: MIT
// The 8254 programmable interval timer: the tick, and a clock out of its counter.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// The frequency of the PC's 8254: a third of NTSC's colour carrier.
#define PIT_HZ 1193182

// Claims the ports; counts only from pit_start_tick() on. For one device.
extern struct device_driver pit_driver;

// Starts the tick of HZ and registers the clocksource. Returns 0, -ENODEV without the device, or
// request_irq()'s error. May sleep.
__must_check int pit_start_tick(void);

// The clock in PIT_HZ: never goes back, also when ticks come late or are lost. Loses time only while
// interrupts are masked and nobody reads it for a whole tick. Any context.
u64 pit_read(void);
