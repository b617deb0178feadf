// SPDX-License-Identifier: MIT
// Who runs when: priorities, turns, time slices, sleeping for a time.

#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/string.h>

SUITE("sched");

// What the threads of a test have written, in the order of their running.
static char trail[64];
static int steps;

static void mark(char c)
{
	if (steps < (int)sizeof(trail) - 1) {
		trail[steps++] = c;
		trail[steps] = '\0';
	}
}

static void trail_begin(void)
{
	steps = 0;
	trail[0] = '\0';
}

static struct thread *start(int (*fn)(void *arg), const char *name, int priority)
{
	struct thread *t = thread_create(fn, (void *)name, priority, name);

	EXPECT_FALSE(IS_ERR(t));
	return t;
}

static void join(struct thread *t)
{
	EXPECT_EQ(thread_join(t, NULL), 0);
}

static int three_turns(void *arg)
{
	for (int i = 0; i < 3; i++) {
		mark(*(const char *)arg);
		yield();
	}
	return 0;
}

TEST("threads of one priority take turns, in the order of their creation")
{
	struct thread *a, *b, *c;

	trail_begin();
	a = start(three_turns, "a", THREAD_PRIORITY);
	b = start(three_turns, "b", THREAD_PRIORITY);
	c = start(three_turns, "c", THREAD_PRIORITY);
	join(a);
	join(b);
	join(c);
	EXPECT_STREQ(trail, "abcabcabc");
}

TEST("a thread of a higher priority runs before all below, until it ends")
{
	struct thread *low, *middle, *high;

	trail_begin();
	low = start(three_turns, "l", 0);
	middle = start(three_turns, "m", 15);
	high = start(three_turns, "h", THREAD_PRIORITY_MAX);
	EXPECT_STREQ(trail, "");
	join(low);
	join(middle);
	join(high);
	EXPECT_STREQ(trail, "hhhmmmlll");
}

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
		EXPECT_LE(took, most);
	}
}
