// SPDX-License-Identifier: MIT
// Time: the 100 Hz tick, and a clock that counts nanoseconds since it was registered.
#pragma once

#include <lib/types.h>

#define HZ 100

#define NSEC_PER_SEC 1000000000u

// Ticks since the timer was started; wraps (compare differences).
extern unsigned long jiffies;

// The longest sleep there is; as a timeout: until woken.
#define MAX_SCHEDULE_TIMEOUT ((long)(~0UL >> 1))

// Whether a comes behind b; right while they are less than half of all ticks apart.
#define time_after(a, b)  ((long)((unsigned long)(b) - (unsigned long)(a)) < 0)
#define time_before(a, b) time_after(b, a)

// The ticks that so many milliseconds take, rounded up; at most MAX_SCHEDULE_TIMEOUT - 1.
static inline unsigned long msecs_to_jiffies(unsigned int ms)
{
	return ms / (1000 / HZ) + (ms % (1000 / HZ) != 0);
}

// A free-running counter.
struct clocksource {
	const char *name;
	u32 hz;
	u64 (*read)(void); // any context; never goes back
};
// Makes it the clock, once it was seen to count. 0, or -ENODEV: it stands still, and nothing changes.
__must_check int clocksource_register(const struct clocksource *cs);

// The one in use; "" before there is one.
const char *clocksource_name(void);

// Nanoseconds since the clock was registered; 0 before. Any context.
u64 time_ns(void);

// How many of them the machine lost, because ticks came late: the emulator's host was busy or stopped it.
// What lasts half a second or longer is not counted: then interrupts were masked. Any context.
u64 time_lost_ns(void);

// A timer makes its first tick so soon, in counts at this rate: start-up waits for it.
static inline u32 first_tick(u32 hz)
{
	return hz / 50000 + 1; // 20 us
}

// Waits for the first tick, with interrupts enabled; a panic with the reason when it does not come.
// Start-up only.
void timer_wait_first_tick(void);

// Upcall of the timer's interrupt handler, HZ times a second: time slices, timers, tests.
void timer_tick(void);

// Busy-waits. Any context; needs a clocksource.
void udelay(unsigned int us);
