// SPDX-License-Identifier: MIT
// Time: ticks, and nanoseconds from a free-running counter.
//
// Locks: [i] changed with interrupts masked.
// Linux: kernel/time/; here one clocksource, no NTP; the time of day is in kernel/rtc.c.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <lib/div64.h>

unsigned long jiffies; // [i]

#define TICK_NSEC (NSEC_PER_SEC / HZ)
// Tunable: a longer gap between ticks means that interrupts were masked.
#define MOST_LOST_NSEC (NSEC_PER_SEC / 2)

static struct {
	const struct clocksource *cs;
	u64 start;     // the counter's value when it was registered
	u64 last_tick; // [i] time_ns() at the last tick
	u64 lost;      // [i] nanoseconds lost so far
} clock;

// Whether the counter changes. The slowest one has 1 MHz: a step takes fewer than a hundred reads.
static bool counts(const struct clocksource *cs)
{
	const u64 start = cs->read();

	for (int i = 0; i < 10000; i++)
		if (cs->read() != start)
			return true;
	return false;
}

int clocksource_register(const struct clocksource *cs)
{
	if (!counts(cs)) {
		pr_err("clocksource: %s stands still and is not used\n", cs->name);
		return -ENODEV;
	}
	clock.start = cs->read();
	clock.cs = cs;
	pr_info("clocksource: %s at %u Hz\n", cs->name, cs->hz);
	return 0;
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

static void irq_line(const char *text, void *arg)
{
	pr_err("%s\n", text);
}

void timer_wait_first_tick(void)
{
	const u64 end = time_ns() + NSEC_PER_SEC / 4; // a busy host is slow

	// While the host stops the machine, the clock goes on. So also require that the machine itself
	// ran long enough.
	for (int looks = 0; READ_ONCE(jiffies) == 0; looks++) {
		if (looks > 100)
			cpu_spin(5000);
		if (looks < 3000 || time_ns() < end)
			continue;
		irq_show(irq_line, NULL);
		panic("no timer: %s counts, but its interrupt does not come", clock.cs->name);
	}
}

// Counts the time between two ticks in which the host did not run the machine.
static void count_lost_time(void)
{
	const u64 now = time_ns(), gap = now - clock.last_tick;

	if (gap > TICK_NSEC + TICK_NSEC / 2 && gap < MOST_LOST_NSEC)
		clock.lost += gap - TICK_NSEC;
	clock.last_tick = now;
}

u64 time_lost_ns(void)
{
	const unsigned long flags = local_irq_save();
	const u64 lost = clock.lost;

	local_irq_restore(flags);
	return lost;
}

void timer_tick(void)
{
	count_lost_time();
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
