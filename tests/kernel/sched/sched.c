// SPDX-License-Identifier: MIT
// Who runs when: priorities, turns, time slices, sleeping for a time.

#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <lib/string.h>

#include "trail.h"

SUITE("sched");

static int three_turns(void *arg)
{
	for (int i = 0; i < 3; i++) {
		trail_mark(*(const char *)arg);
		yield();
	}
	return 0;
}

static int once(void *arg)
{
	trail_mark(*(const char *)arg);
	return 0;
}

TEST("threads of one priority take turns, in the order of their creation")
{
	struct thread *a, *b, *c;

	trail_begin();
	a = start_letter(three_turns, "a", THREAD_PRIORITY);
	b = start_letter(three_turns, "b", THREAD_PRIORITY);
	c = start_letter(three_turns, "c", THREAD_PRIORITY);
	join(a);
	join(b);
	join(c);
	EXPECT_STREQ(trail, "abcabcabc");
}

TEST("a thread of a higher priority runs before all below, until it ends")
{
	struct thread *low, *middle, *high;

	trail_begin();
	low = start_letter(three_turns, "l", 0);
	middle = start_letter(three_turns, "m", 15);
	high = start_letter(three_turns, "h", THREAD_PRIORITY_MAX);
	EXPECT_STREQ(trail, "");
	join(low);
	join(middle);
	join(high);
	EXPECT_STREQ(trail, "hhhmmmlll");
}

TEST("the highest of all 32 priorities runs first, down to the lowest")
{
	static char letters[THREAD_PRIORITIES][2];
	struct thread *t[THREAD_PRIORITIES];
	char expected[THREAD_PRIORITIES + 1] = "";

	trail_begin();
	for (int p = 0; p < THREAD_PRIORITIES; p++) {
		letters[p][0] = expected[THREAD_PRIORITY_MAX - p] = (char)('A' + p);
		t[p] = start_letter(once, letters[p], p);
	}
	for (int p = 0; p < THREAD_PRIORITIES; p++)
		join(t[p]);
	EXPECT_STREQ(trail, expected);
}

TEST("yield and schedule come back at once when nobody else can run")
{
	const unsigned long from = READ_ONCE(jiffies);

	for (int i = 0; i < 1000; i++) {
		yield();
		schedule();
	}
	EXPECT_LT(READ_ONCE(jiffies) - from, HZ);
}

// ---- Time slices --------------------------------------------------------------------------------

static unsigned long end;
static int turns;

static int take_turns(void *arg)
{
	static const void *last;

	while (time_before(READ_ONCE(jiffies), end)) {
		if (last != arg) {
			last = arg;
			turns++;
		}
		cond_resched();
	}
	return 0;
}

// Three threads compute for nine slices and a bit: how many ticks each ran.
static void share(unsigned long ticks[3])
{
	struct thread *t[3];

	turns = 0;
	end = READ_ONCE(jiffies) + 93;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		t[i] = start_letter(take_turns, i == 0 ? "a" : i == 1 ? "b" : "c", THREAD_PRIORITY);
	yield();
	while (time_before(READ_ONCE(jiffies), end))
		msleep(10);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		ticks[i] = t[i]->ticks;
		join(t[i]);
	}
}

static bool fair(const unsigned long ticks[3])
{
	for (int i = 0; i < 3; i++)
		if (ticks[i] < 20 || ticks[i] > 45)
			return false;
	return turns >= 6 && turns <= 16;
}

TEST("threads that compute share the time by slices of 100 ms, and none starves")
{
	unsigned long ticks[3];

	share(ticks);
	// Without -icount a busy host may stop the machine in the middle: it gets more tries.
	for (int i = 0; i < 5 && !fair(ticks); i++)
		share(ticks);
	if (!fair(ticks) && ktest_starved())
		SKIP(STARVED);
	for (size_t i = 0; i < ARRAY_SIZE(ticks); i++) {
		EXPECT_GE(ticks[i], 20);
		EXPECT_LE(ticks[i], 45);
	}
	EXPECT_GE(turns, 6);
	EXPECT_LE(turns, 16);
}

static void spin_ticks(unsigned long ticks)
{
	const unsigned long until = READ_ONCE(jiffies) + ticks;

	while (time_before(READ_ONCE(jiffies), until))
		cpu_spin(1000); // not cpu_relax(): an emulator is slow at that
}

TEST("no tick preempts the kernel: who never offers the CPU keeps it beyond its time slice")
{
	struct thread *t;

	trail_begin();
	t = start_letter(once, "x", THREAD_PRIORITY_MAX);
	spin_ticks(15);
	EXPECT_STREQ(trail, "");
	EXPECT_TRUE(need_resched);
	cond_resched();
	EXPECT_STREQ(trail, "x");
	join(t);
}

static DECLARE_WAIT_QUEUE_HEAD(alarm_wait);
static bool rung;

static void ring_alarm(struct timer_list *timer)
{
	rung = true;
	wake_up(&alarm_wait);
}

static int wait_for_alarm(void *arg)
{
	wait_event(alarm_wait, rung);
	trail_mark(*(const char *)arg);
	return 0;
}

TEST("who an interrupt wakes runs at the next cond_resched when its priority is higher")
{
	struct timer_list timer;
	struct thread *low, *high;

	trail_begin();
	rung = false;
	low = start_letter(wait_for_alarm, "l", THREAD_PRIORITY - 1);
	high = start_letter(wait_for_alarm, "h", THREAD_PRIORITY + 1);
	msleep(20);
	timer_setup(&timer, ring_alarm, 0);
	mod_timer(&timer, jiffies + 2);
	while (!READ_ONCE(rung))
		cpu_wait();
	EXPECT_STREQ(trail, "");
	cond_resched();
	EXPECT_STREQ(trail, "h");
	join(low);
	join(high);
	EXPECT_STREQ(trail, "hl");
}

static int wake_high_and_go_on(void *arg)
{
	rung = true;
	wake_up(&alarm_wait);
	cond_resched();
	trail_mark('m');
	return 0;
}

TEST("who gives way to a higher priority goes on before its peers")
{
	struct thread *high, *waker, *peer;

	trail_begin();
	rung = false;
	high = start_letter(wait_for_alarm, "h", THREAD_PRIORITY + 1);
	waker = start_letter(wake_high_and_go_on, "m", THREAD_PRIORITY);
	peer = start_letter(once, "p", THREAD_PRIORITY);
	yield();
	join(high);
	join(waker);
	join(peer);
	EXPECT_STREQ(trail, "hmp");
}

static int sleep_with_one_tick_left(void *arg)
{
	current->slice = 1;
	wait_event(alarm_wait, rung);
	return 0;
}

TEST("a thread that is woken has a whole time slice")
{
	struct thread *t = start(sleep_with_one_tick_left, NULL);

	rung = false;
	yield();
	rung = true;
	wake_up(&alarm_wait);
	EXPECT_EQ(t->slice, HZ / 10); // it has not run yet
	join(t);
}

// Whether a round of the idle thread lets a tick pass.
static bool idle_waits(bool ready)
{
	const unsigned long from = READ_ONCE(jiffies);

	need_resched = ready;
	idle_once();
	need_resched = false;
	return READ_ONCE(jiffies) != from;
}

TEST("the idle thread waits for no interrupt when a thread can run already")
{
	int waits = 0;

	EXPECT_TRUE(idle_waits(false));
	for (int i = 0; i < 10; i++) // a tick may come of itself
		waits += idle_waits(true);
	EXPECT_LT(waits, 10);
}

// ---- Sleeping for a time ------------------------------------------------------------------------

// The ticks that msleep takes.
static unsigned long ticks_of_msleep(unsigned int ms)
{
	const unsigned long from = READ_ONCE(jiffies);

	msleep(ms);
	return READ_ONCE(jiffies) - from;
}

TEST("msleep sleeps at least as long as it was told, and two ticks more at the most")
{
	for (unsigned int ms = 0; ms <= 100; ms += 5) {
		const unsigned long most = msecs_to_jiffies(ms) + 2;
		unsigned long took = ticks_of_msleep(ms);

		EXPECT_GE(took * (1000 / HZ), ms);
		// Without -icount a busy host may stop the machine in the middle: it gets more tries.
		for (int i = 0; i < 9 && took > most; i++)
			took = ticks_of_msleep(ms);
		if (took > most && ktest_starved())
			SKIP(STARVED);
		EXPECT_LE(took, most);
	}
}

static int sleep_and_mark(void *arg)
{
	msleep(10 * (unsigned int)(*(const char *)arg - 'a') * 3);
	trail_mark(*(const char *)arg);
	return 0;
}

TEST("sleepers wake in the order of their times, not of their coming")
{
	struct thread *d = start_letter(sleep_and_mark, "d", THREAD_PRIORITY);
	struct thread *b = start_letter(sleep_and_mark, "b", THREAD_PRIORITY);
	struct thread *c = start_letter(sleep_and_mark, "c", THREAD_PRIORITY);

	trail_begin();
	join(d);
	join(b);
	join(c);
	EXPECT_STREQ(trail, "bcd");
}

TEST("schedule_timeout_uninterruptible sleeps its ticks; none at all is a yield")
{
	const unsigned long from = READ_ONCE(jiffies);

	schedule_timeout_uninterruptible(3);
	EXPECT_GE(READ_ONCE(jiffies) - from, 3);
	schedule_timeout_uninterruptible(0);
}

TEST("msecs_to_jiffies rounds up, and the largest time does not overflow")
{
	EXPECT_EQ(msecs_to_jiffies(0), 0);
	EXPECT_EQ(msecs_to_jiffies(1), 1);
	EXPECT_EQ(msecs_to_jiffies(10), 1);
	EXPECT_EQ(msecs_to_jiffies(11), 2);
	EXPECT_EQ(msecs_to_jiffies(0xffffffff), 429496730);
}
