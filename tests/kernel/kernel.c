// SPDX-License-Identifier: MIT
// The kernel's base: symbols, interrupts, time, stacks.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/trap.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/oops.h>
#include <kernel/sched.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <lib/util.h>

#include "log_watch.h"

SUITE("kernel");

TEST("a function's address has its name, an address in it its offset")
{
	const char *name;
	unsigned long offset, size, fn = (unsigned long)ktest_run;

	ASSERT_TRUE(symbol_lookup(fn + 4, &name, &offset, &size));
	EXPECT_STREQ(name, "ktest_run");
	EXPECT_EQ(offset, 4);
	EXPECT_GT(size, 4);
	ASSERT_TRUE(symbol_lookup(fn + size, &name, &offset, &size));
	EXPECT_EQ(offset, 0);
	EXPECT_TRUE(strcmp(name, "ktest_run") != 0);
}

TEST("what is no code has no name")
{
	const char *name;
	unsigned long offset, size;

	EXPECT_FALSE(symbol_lookup(0, &name, &offset, &size));
	EXPECT_FALSE(symbol_lookup((unsigned long)_etext, &name, &offset, &size));
	EXPECT_FALSE(symbol_lookup((unsigned long)_stext - 1, &name, &offset, &size));
	EXPECT_FALSE(symbol_lookup(~0UL, &name, &offset, &size));
}

struct trace {
	int depth;
	bool runner, kmain;
};

static bool note_trace_frame(unsigned long pc, void *arg)
{
	struct trace *t = arg;
	const char *name;
	unsigned long offset, size;

	t->depth++;
	if (!symbol_lookup(pc, &name, &offset, &size))
		return true;
	t->runner |= strcmp(name, "ktest_run") == 0;
	t->kmain |= strcmp(name, "kmain") == 0;
	return true;
}

TEST("a stack walk reaches kmain through the test runner")
{
	struct trace t = { 0 };

	stack_walk(NULL, note_trace_frame, &t);
	EXPECT_TRUE(t.runner);
	EXPECT_TRUE(t.kmain);
	EXPECT_LT(t.depth, 20);
}

TEST("a fault that the exception table knows goes on there, any other address does not")
{
	u32 word = 0x896;
	u8 byte = 0;

	EXPECT_EQ(ex_table_fixup(0), 0);
	EXPECT_EQ(ex_table_fixup((unsigned long)ktest_run), 0);
	EXPECT_EQ(read_nofault((unsigned long)&word, &word), 0);
	EXPECT_EQ(word, 0x896);
	EXPECT_EQ(write_nofault((unsigned long)&word, 0x698), 0);
	EXPECT_EQ(word, 0x698);
	EXPECT_EQ(read_nofault_u8((unsigned long)&word, &byte), 0);
	EXPECT_EQ(byte, 0x98);
	EXPECT_EQ(read_nofault_u8(0, &byte), -EFAULT);
}

TEST("code runs on the boot stack, not in an interrupt")
{
	EXPECT_GE(current_sp(), (unsigned long)boot_stack);
	EXPECT_LT(current_sp(), (unsigned long)boot_stack_top);
	EXPECT_FALSE(in_interrupt());
	EXPECT_FALSE(irqs_disabled());
}

#define DEEP 800

static __noinline int use_stack(void *arg)
{
	volatile char frame[DEEP];

	memset((char *)frame, 1, sizeof(frame));
	*(unsigned long *)arg = current_sp();
	yield();
	return frame[DEEP / 2];
}

TEST("S369 a thread runs on its own stack, and ps knows how much of it was used")
{
	unsigned long sp = 0;
	struct thread *t = thread_create(use_stack, &sp, THREAD_PRIORITY, "ktest");

	ASSERT_TRUE(!IS_ERR(t));
	yield();
	EXPECT_GE(sp, t->info.stack);
	EXPECT_LT(sp, t->info.stack + THREAD_SIZE - DEEP);
	if (CONFIG_DEBUG)
		EXPECT_LT(thread_stack_used((void *)t->info.stack), DEEP + 1000);
	EXPECT_GE(thread_stack_used((void *)t->info.stack), DEEP);
	EXPECT_EQ(thread_join(t, NULL), 0);
}

static irqreturn_t handle_none(int irq, void *dev)
{
	return IRQ_NONE;
}

TEST("request_irq refuses what it cannot give")
{
	EXPECT_EQ(request_irq(NR_IRQS, handle_none, 0, "ktest", NULL), -EINVAL);
	EXPECT_EQ(request_irq(~0U, handle_none, 0, "ktest", NULL), -EINVAL);
	EXPECT_EQ(request_irq(5, NULL, 0, "ktest", NULL), -EINVAL);
	EXPECT_EQ(request_irq(5, handle_none, 1, "ktest", NULL), -EINVAL);
}

TEST("an interrupt has one owner until it is freed")
{
	int a, b;

	ASSERT_EQ(request_irq(7, handle_none, 0, "ktest", &a), 0);
	EXPECT_EQ(request_irq(7, handle_none, 0, "ktest", &b), -EBUSY);
	free_irq(7, &a);
	EXPECT_EQ(request_irq(7, handle_none, 0, "ktest", &b), 0);
	free_irq(7, &b);
}

// The nanoseconds that ten ticks take.
static u64 ten_ticks(void)
{
	unsigned long start = READ_ONCE(jiffies);
	u64 from;

	while (READ_ONCE(jiffies) == start)
		cpu_wait();
	from = time_ns();
	start = READ_ONCE(jiffies);
	while (READ_ONCE(jiffies) - start < 10)
		cpu_wait();
	return time_ns() - from;
}

TEST("ticks come HZ times a second by the clock")
{
	u64 ns = ten_ticks();

	// Without -icount a busy host may stop the machine in the middle: it gets more tries.
	for (int i = 0; i < 9 && (ns < 90 * 1000000ULL || ns > 110 * 1000000ULL); i++)
		ns = ten_ticks();
	if (ns > 110 * 1000000ULL && ktest_starved())
		SKIP(STARVED);
	EXPECT_GE(ns, 90 * 1000000ULL);
	EXPECT_LE(ns, 110 * 1000000ULL);
}

TEST("a tick that comes 30 ms late is time that was lost, and the test knows of it")
{
	const u64 lost = time_lost_ns(), until = time_ns() + 40 * 1000000ULL;
	const unsigned long start = READ_ONCE(jiffies), flags = local_irq_save();

	while (time_ns() < until)
		cpu_spin(1000);
	local_irq_restore(flags);
	while (READ_ONCE(jiffies) == start)
		cpu_wait();
	if (time_ns() - until > NSEC_PER_SEC / 4)
		SKIP(STARVED);
	EXPECT_GE(time_lost_ns() - lost, 20 * 1000000ULL);
	EXPECT_TRUE(ktest_starved());
}

TEST("the clock counts on over a full second")
{
	const u64 from = time_ns();
	const unsigned long start = READ_ONCE(jiffies);

	while (READ_ONCE(jiffies) - start < HZ + 10)
		cpu_wait();
	EXPECT_GE(time_ns() - from, (u64)NSEC_PER_SEC);
}

TEST("the clock never goes back")
{
	u64 last = time_ns();

	for (int i = 0; i < 20000; i++) {
		u64 now = time_ns();

		ASSERT_TRUE(now >= last);
		last = now;
	}
}

static u64 stands_still(void)
{
	return 0x896;
}

TEST("a counter that stands still is refused as the clock, with a line, and the old one goes on")
{
	static const struct clocksource frozen = { "frozen", 1000000, stands_still };
	const char *name = clocksource_name();
	u64 from;

	log_watch_begin();
	EXPECT_EQ(clocksource_register(&frozen), -ENODEV);
	log_watch_end();
	EXPECT_EQ(log_seen("clocksource: frozen stands still and is not used"), 1);
	EXPECT_EQ(clocksource_name(), name);
	from = time_ns();
	udelay(10);
	EXPECT_GT(time_ns(), from);
}

TEST("udelay waits at least as long as it was told")
{
	u64 from = time_ns();

	udelay(1500);
	EXPECT_GE(time_ns() - from, 1500 * 1000ULL);
}

TEST("a masked interrupt flag is restored as it was")
{
	unsigned long outer, inner;

	outer = local_irq_save();
	EXPECT_TRUE(irqs_disabled());
	inner = local_irq_save();
	local_irq_restore(inner);
	EXPECT_TRUE(irqs_disabled());
	local_irq_restore(outer);
	EXPECT_FALSE(irqs_disabled());
}
