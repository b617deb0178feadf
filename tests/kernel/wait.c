// SPDX-License-Identifier: MIT
// Wait queues: nobody is woken without reason for good, nobody sleeps through a wake-up, and time ends it.

#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>

#include "log_watch.h"
#include "trail.h"

SUITE("wait");

static DECLARE_WAIT_QUEUE_HEAD(queue);
static bool ready;

static int wait_shared(void *arg)
{
	wait_event(queue, ready);
	trail_mark(*(const char *)arg);
	return 0;
}

static int wait_alone(void *arg)
{
	wait_event_exclusive(queue, ready);
	trail_mark(*(const char *)arg);
	return 0;
}

TEST("a condition that is true is not waited for; wake_up without waiters does nothing")
{
	ready = true;
	wait_event(queue, ready);
	wait_event_exclusive(queue, ready);
	wake_up(&queue);
	wake_up_all(&queue);
	EXPECT_FALSE(waitqueue_active(&queue));
}

TEST("wake_up wakes all waiters; they go on in the order of their coming")
{
	struct thread *a, *b, *c;

	trail_begin();
	ready = false;
	a = start_letter(wait_shared, "a", THREAD_PRIORITY);
	b = start_letter(wait_shared, "b", THREAD_PRIORITY);
	c = start_letter(wait_shared, "c", THREAD_PRIORITY);
	EXPECT_FALSE(waitqueue_active(&queue));
	yield();
	EXPECT_TRUE(waitqueue_active(&queue));
	ready = true;
	yield();
	EXPECT_STREQ(trail, ""); // a condition alone wakes nobody
	wake_up(&queue);
	EXPECT_FALSE(waitqueue_active(&queue));
	join(a);
	join(b);
	join(c);
	EXPECT_STREQ(trail, "abc");
}

TEST("wake_up wakes one exclusive waiter, the first to come, and all others; wake_up_all all")
{
	struct thread *t[5];

	trail_begin();
	ready = false;
	t[0] = start_letter(wait_alone, "1", THREAD_PRIORITY);
	t[1] = start_letter(wait_alone, "2", THREAD_PRIORITY);
	t[2] = start_letter(wait_shared, "s", THREAD_PRIORITY);
	t[3] = start_letter(wait_alone, "3", THREAD_PRIORITY);
	t[4] = start_letter(wait_alone, "4", THREAD_PRIORITY);
	yield();
	ready = true;
	wake_up(&queue);
	yield();
	EXPECT_STREQ(trail, "s1");
	wake_up(&queue);
	yield();
	EXPECT_STREQ(trail, "s12");
	wake_up_all(&queue);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		join(t[i]);
	EXPECT_STREQ(trail, "s1234");
}

TEST("a waiter of a higher priority goes on first; one whose condition is false waits on")
{
	struct thread *low, *high;

	trail_begin();
	ready = false;
	low = start_letter(wait_shared, "l", THREAD_PRIORITY);
	high = start_letter(wait_shared, "h", THREAD_PRIORITY + 1);
	yield();
	wake_up(&queue); // not ready: both look, and sleep again
	yield();
	EXPECT_STREQ(trail, "");
	EXPECT_TRUE(waitqueue_active(&queue));
	ready = true;
	wake_up(&queue);
	join(low);
	join(high);
	EXPECT_STREQ(trail, "hl");
}

TEST("a wake-up between the look and the sleep is not lost")
{
	DEFINE_WAIT(entry);

	prepare_to_wait(&queue, &entry);
	prepare_to_wait(&queue, &entry); // once is enough, twice does no harm
	wake_up(&queue);
	schedule(); // or this would last for ever
	finish_wait(&queue, &entry);
	EXPECT_FALSE(waitqueue_active(&queue));
}

TEST("who has prepared and then need not wait leaves the queue, and runs on")
{
	DEFINE_WAIT(entry);

	prepare_to_wait(&queue, &entry);
	EXPECT_TRUE(waitqueue_active(&queue));
	finish_wait(&queue, &entry);
	EXPECT_FALSE(waitqueue_active(&queue));
	yield();
}

static int rings;

static void ring_bell(struct timer_list *timer)
{
	rings++;
	ready = true;
	wake_up(&queue);
}

// The condition is false, and becomes true so many ticks from now.
static void ring_in(struct timer_list *bell, unsigned long ticks)
{
	ready = false;
	rings = 0;
	timer_setup(bell, ring_bell, 0);
	mod_timer(bell, jiffies + ticks);
}

TEST("an interrupt wakes a waiter")
{
	struct timer_list bell;

	ring_in(&bell, 3);
	wait_event(queue, ready);
	EXPECT_EQ(rings, 1);
}

TEST("wait_event_timeout gives 0 after exactly its ticks when the condition stays false")
{
	ready = false;
	for (long ticks = 1; ticks <= 10; ticks++) {
		const unsigned long from = READ_ONCE(jiffies);
		long left = wait_event_timeout(queue, ready, ticks);
		unsigned long took = READ_ONCE(jiffies) - from;

		EXPECT_EQ(left, 0);
		EXPECT_GE(took, ticks);
		// Without -icount a busy host may stop the machine in the middle: it gets more tries.
		for (int i = 0; i < 9 && took > ticks; i++) {
			const unsigned long again = READ_ONCE(jiffies);

			EXPECT_EQ(wait_event_timeout(queue, ready, ticks), 0);
			took = READ_ONCE(jiffies) - again;
		}
		if (took > ticks && ktest_starved())
			SKIP(STARVED);
		EXPECT_EQ(took, ticks);
	}
	EXPECT_FALSE(waitqueue_active(&queue));
}

TEST("wait_event_timeout gives what was left when the condition becomes true, at least 1")
{
	struct timer_list bell;
	long left;

	ready = true;
	EXPECT_EQ(wait_event_timeout(queue, ready, 7), 7);
	EXPECT_EQ(wait_event_timeout(queue, ready, 0), 1);
	ready = false;
	EXPECT_EQ(wait_event_timeout(queue, ready, 0), 0);
	ring_in(&bell, 3);
	left = wait_event_timeout(queue, ready, 1000);
	EXPECT_GT(left, 800);
	EXPECT_LE(left, 997);
	EXPECT_EQ(rings, 1);
	ring_in(&bell, 2);
	EXPECT_GT(wait_event_timeout(queue, ready, MAX_SCHEDULE_TIMEOUT), 1);
	EXPECT_EQ(rings, 1);
}

static void wait_for_ready(void)
{
	wait_event(queue, ready);
}

TEST("waiting with interrupts masked, with a spinlock, in an interrupt: told in debug builds")
{
	static struct spinlock lock;
	const unsigned long before = might_sleep_reports;

	ready = true;
	log_watch_begin();
	local_irq_disable();
	wait_event(queue, ready);
	local_irq_enable();
	spin_lock(&lock);
	wait_event(queue, ready);
	spin_unlock(&lock);
	ktest_in_interrupt(wait_for_ready);
	log_watch_end();
	EXPECT_EQ(might_sleep_reports - before, CONFIG_DEBUG ? 3 : 0);
	EXPECT_EQ(log_seen("(interrupts masked)"), CONFIG_DEBUG);
	EXPECT_EQ(log_seen("(with a spinlock)"), CONFIG_DEBUG);
	EXPECT_EQ(log_seen("(in an interrupt)"), CONFIG_DEBUG);
}
