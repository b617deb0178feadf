// SPDX-License-Identifier: MIT
// Time: ticks, and nanoseconds out of a free-running counter.
//
// Locks: [i] changed with interrupts masked.
// Linux: kernel/time/; here one clocksource, no NTP; the time of day is in kernel/rtc.c.

#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <lib/div64.h>

unsigned long jiffies; // [i]

static struct {
	const struct clocksource *cs;
	u64 start; // its count when it was registered
} clock;

void clocksource_register(const struct clocksource *cs)
{
	clock.start = cs->read();
	clock.cs = cs;
	pr_info("clocksource: %s at %u Hz\n", cs->name, cs->hz);
}

const char *clocksource_name(void)
{
	return clock.cs ? clock.cs->name : "";
}

u64 time_ns(void)
{
	u32 rest;
	u64 seconds;

	if (!clock.cs)
		return 0;
	seconds = div_u64_rem(clock.cs->read() - clock.start, clock.cs->hz, &rest);
	return seconds * NSEC_PER_SEC + div_u64((u64)rest * NSEC_PER_SEC, clock.cs->hz);
}

void timer_tick(void)
{
	jiffies++;
	timers_run();
	if (sched_ops)
		sched_ops->tick();
	ktest_tick();
}

void udelay(unsigned int us)
{
	const u64 end = time_ns() + us * 1000ULL;

	BUG_ON(!clock.cs);
	while (time_ns() < end)
		cpu_relax();
}
