// SPDX-License-Identifier: MIT
// The 8254 programmable interval timer: the tick, and a clock from its counter.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// The frequency of the PC's 8254: a third of NTSC's colour carrier.
#define PIT_HZ 1193182

// Claims the ports; the counter starts in pit_start_tick(). For one device.
extern struct device_driver pit_driver;

// Starts the tick of HZ and registers the clocksource. Returns 0, -ENODEV (no device, or it does not
// count), or request_irq()'s error. May sleep.
__must_check int pit_start_tick(void);

// The clock, in units of 1 / PIT_HZ. Never decreases, even if ticks come late or are lost. Loses time
// only if interrupts are masked and it is not read for longer than a tick. Any context.
u64 pit_read(void);
