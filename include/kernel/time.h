// SPDX-License-Identifier: MIT
// Time: the 100 Hz tick, and a nanosecond clock that starts when it is registered.
#pragma once

#include <lib/types.h>

#define HZ 100

#define NSEC_PER_SEC 1000000000u

// Ticks since the timer was started; wraps (compare differences).
extern unsigned long jiffies;

// As a timeout: no limit, sleep until woken.
#define MAX_SCHEDULE_TIMEOUT ((long)(~0UL >> 1))

// Whether a is after b; correct while they are less than half the range of jiffies apart.
#define time_after(a, b)  ((long)((unsigned long)(b) - (unsigned long)(a)) < 0)
#define time_before(a, b) time_after(b, a)

// Milliseconds to ticks, rounded up; at most MAX_SCHEDULE_TIMEOUT - 1.
static inline unsigned long msecs_to_jiffies(unsigned int ms)
{
	return ms / (1000 / HZ) + (ms % (1000 / HZ) != 0);
}

// A free-running counter.
struct clocksource {
	const char *name;
	u32 hz;
	u64 (*read)(void); // any context; never decreases
};
// Makes cs the clock, after a check that it counts. Returns 0, or -ENODEV: it does not count, and the old
// clock stays.
__must_check int clocksource_register(const struct clocksource *cs);

// The name of the clock in use; "" before the first.
const char *clocksource_name(void);

// Nanoseconds since the clock was registered; 0 before. Any context.
u64 time_ns(void);

// Nanoseconds lost because ticks came late: the emulator's host was busy, or stopped the machine. A gap
// of half a second or more is not counted: there interrupts were masked. Any context.
u64 time_lost_ns(void);

// Counts until a timer's first tick, at this rate. Short, because start-up waits for it.
static inline u32 first_tick(u32 hz)
{
	return hz / 50000 + 1; // 20 us
}

// Waits for the first tick, with interrupts enabled; panics if it does not come. Start-up only.
void timer_wait_first_tick(void);

// The timer's interrupt handler calls this HZ times a second: time slices, timers, tests.
void timer_tick(void);

// Busy-waits. Any context; needs a clocksource.
void udelay(unsigned int us);
