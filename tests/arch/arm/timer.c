// SPDX-License-Identifier: MIT
// What ticks on ARM: the generic timer, or an SP804.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <asm/cp15.h>
#include <kernel/ktest.h>
#include <kernel/time.h>
#include <lib/string.h>

SUITE("arch_arm_timer");

TEST("the virtual counter never goes back, and the ticks follow it without drift")
{
	if (strcmp(clocksource_name(), "arch_timer") != 0)
		SKIP("another timer ticks here");

	const u32 period = cp15_read(CNTFRQ) / HZ;
	u64 last = cp15_read64(CNTVCT);

	for (int i = 0; i < 1000; i++) {
		const u64 now = cp15_read64(CNTVCT);

		ASSERT_TRUE(now >= last);
		last = now;
	}
	// The next tick lies a whole number of periods ahead of any other one.
	// Read both with interrupts masked: a host that was busy makes several ticks at once.
	unsigned long flags = local_irq_save();
	const u64 due = cp15_read64(CNTV_CVAL);
	const unsigned long ticks = jiffies;

	local_irq_restore(flags);
	while (READ_ONCE(jiffies) - ticks < 3)
		cpu_wait();
	flags = local_irq_save();
	const u64 ahead = cp15_read64(CNTV_CVAL) - due;
	const unsigned long passed = jiffies - ticks;

	local_irq_restore(flags);
	EXPECT_EQ(ahead, (u64)passed * period);
}

// ---- SP804 -----------------------------------------------------------------------------------------

static bool sp804(void)
{
	return strcmp(clocksource_name(), "sp804") == 0;
}

#define TICKS 10

// What the clock counts, in ns, while TICKS ticks pass.
static u64 ns_of_ticks(void)
{
	unsigned long ticks = READ_ONCE(jiffies);
	u64 start;

	while (READ_ONCE(jiffies) == ticks) // to the beginning of a tick
		cpu_wait();
	ticks = jiffies;
	start = time_ns();
	while (READ_ONCE(jiffies) - ticks < TICKS)
		cpu_wait();
	return time_ns() - start;
}

TEST("S254 an SP804 ticks HZ times for each second that its other timer counts")
{
	const u64 tick = NSEC_PER_SEC / HZ, want = TICKS * tick;
	u64 ns = 0;

	if (!sp804())
		SKIP("no SP804 here");
	// A busy host may stop the machine in the middle: it gets more tries.
	for (int i = 0; i < 20 && (ns < want - tick || ns > want + tick); i++)
		ns = ns_of_ticks();
	EXPECT_GE(ns, want - tick);
	EXPECT_LE(ns, want + tick);
}

TEST("the clock of an SP804 never goes back, also across its ticks")
{
	if (!sp804())
		SKIP("no SP804 here");

	const unsigned long ticks = READ_ONCE(jiffies);
	u64 last = time_ns();

	while (READ_ONCE(jiffies) - ticks < 3) {
		const u64 now = time_ns();

		ASSERT_TRUE(now >= last);
		last = now;
	}
}
