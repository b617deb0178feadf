// SPDX-License-Identifier: MIT
// Time: the 100 Hz tick, and a clock that counts nanoseconds since it was registered.
#pragma once

#include <lib/types.h>

#define HZ 100

#define NSEC_PER_SEC 1000000000u

// Ticks since the timer was started; wraps (compare differences).
extern unsigned long jiffies;

// A free-running counter.
struct clocksource {
	const char *name;
	u32 hz;
	u64 (*read)(void); // any context; never goes back
};
void clocksource_register(const struct clocksource *cs);

// Nanoseconds since the clock was registered; 0 before. Any context.
u64 time_ns(void);

// Upcall of the timer's interrupt handler, HZ times a second.
void timer_tick(void);

// Busy-waits. Any context; needs a clocksource.
void udelay(unsigned int us);
