// SPDX-License-Identifier: MIT
// Tests that go wrong on purpose, so that the runner can be seen to notice (tests/harness/).
//
// Rules: `ktest=*` does not select a suite whose name starts with '_'; these run one by one, by name.

#include <arch/cpu.h>
#include <kernel/console.h>
#include <kernel/ktest.h>
#include <kernel/machine.h>
#include <kernel/mutex.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <mm/addr.h>
#include <mm/fixmap.h>
#include <mm/highmem.h>
#include <mm/slab.h>

SUITE("_harness");

TEST("passes")
{
	EXPECT_EQ(1, 1);
}

TEST("checks nothing")
{
}

TEST("is skipped")
{
	SKIP("to see a skipped test");
}

TEST("blames the host")
{
	SKIP(STARVED);
}

TEST("fails")
{
	EXPECT_EQ(1 + 1, 3);
}

TEST("keeps a page")
{
	EXPECT_NE(alloc_page(GFP_KERNEL), NULL);
}

TEST("keeps an object")
{
	EXPECT_NE(kmalloc(100, GFP_KERNEL), NULL);
}

TEST("keeps a mapping")
{
	EXPECT_NE(set_fixmap(FIX_TEST, __pa(ktest_run), PAGE_KERNEL_RO), NULL);
}

TEST("keeps a kmap")
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	ASSERT_NE(page, NULL);
	EXPECT_NE(kmap(page), NULL);
	__free_page(page);
}

TEST("keeps a kmap_local")
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	ASSERT_NE(page, NULL);
	EXPECT_NE(kmap_local_page(page), NULL);
	__free_page(page);
}

static DECLARE_WAIT_QUEUE_HEAD(never);

static int wait_for_never(void *arg)
{
	wait_event(never, arg != NULL);
	return 0;
}

TEST("keeps a thread")
{
	EXPECT_FALSE(IS_ERR(thread_create(wait_for_never, NULL, THREAD_PRIORITY, "left alone")));
}

TEST("waits for what never comes")
{
	EXPECT_FALSE(IS_ERR(thread_create(wait_for_never, NULL, THREAD_PRIORITY, "left alone")));
	wait_event(never, false);
}

TEST("waits before the scheduler runs")
{
	sched_ops = NULL;
	wait_event(never, false);
}

TEST("locks a mutex of another before the scheduler runs")
{
	static DEFINE_MUTEX(mutex);
	static struct thread_info other;

	mutex.owner = &other;
	sched_ops = NULL;
	mutex_lock(&mutex);
}

TEST("keeps a spinlock")
{
	static struct spinlock lock;

	spin_lock(&lock);
}

static struct spinlock irq_lock;

static void lock_in_interrupt(void)
{
	spin_lock(&irq_lock);
	spin_unlock(&irq_lock);
}

TEST("takes a spinlock of interrupt handlers with interrupts on")
{
	ktest_in_interrupt(lock_in_interrupt);
	spin_lock(&irq_lock);
	spin_unlock(&irq_lock);
}

TEST("takes a spinlock in an interrupt that was held with interrupts on")
{
	spin_lock(&irq_lock);
	spin_unlock(&irq_lock);
	ktest_in_interrupt(lock_in_interrupt);
}

TEST("sleeps with a spinlock")
{
	static struct spinlock lock;

	spin_lock(&lock);
	yield();
}

TEST("panics")
{
	panic("a test has panicked");
}

TEST("reads through NULL")
{
	volatile int *p = NULL;

	__asm__ volatile("" : "+r"(p));
	(void)*p;
}

// What prints the name of a function jumps into nowhere.
TEST("faults while a fault is explained")
{
	volatile int *p = NULL;

	format_symbol = (void *)16;
	__asm__ volatile("" : "+r"(p));
	(void)*p;
}

TEST("hangs with interrupts on")
{
	for (;;)
		barrier();
}

TEST("hangs with interrupts off")
{
	local_irq_disable();
	for (;;)
		barrier();
}

TEST("runs too long with interrupts off")
{
	const unsigned long flags = local_irq_save();
	const u64 end = time_ns() + (u64)(ktest_timeout + HZ / 2) * (NSEC_PER_SEC / HZ);

	while (time_ns() < end)
		cpu_spin(100000);
	local_irq_restore(flags);
}

// Short enough to look like a host that has stopped the machine, but 8 times the limit of 0.05 s.
TEST("masks interrupts for 0.4 s")
{
	const unsigned long flags = local_irq_save();
	const u64 end = time_ns() + 4 * NSEC_PER_SEC / 10;

	while (time_ns() < end)
		cpu_spin(100000);
	local_irq_restore(flags);
	EXPECT_TRUE(true); // a test that checks nothing fails for that
}

TEST("halts")
{
	cpu_halt();
}

TEST("leaves interrupts masked")
{
	local_irq_disable();
	EXPECT_TRUE(true); // a test that checks nothing fails for that
}

// The log is cut: no result, no end mark, and a status that claims success.
TEST("ends the machine as if all was well")
{
	machine_exit(EXIT_OK);
}

TEST("cuts the log within a line")
{
	console_write("ok 1 _harn", 10);
	machine_exit(EXIT_OK);
}

TEST("powers the machine off")
{
	machine_power_off();
}

TEST("resets the machine")
{
	machine_restart();
}

TEST("prints a result of its own")
{
	cprintf("ok 1 _harness: forged\n");
}

// One line of KTAP all the same, or the result would stand in it.
TEST("prints a line that is too long")
{
	static char text[1000];

	memset(text, '~', sizeof(text) - 1);
	cprintf("# %s\n", text);
	EXPECT_TRUE(true); // a test that checks nothing fails for that
}

TEST("prints without end")
{
	local_irq_disable();
	for (;;)
		cprintf("nothing but this line, again and again\n");
}
