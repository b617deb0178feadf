// SPDX-License-Identifier: MIT
// Timers: each rings at its tick, once, unless it is moved or deleted.

#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/timer.h>

#include "random.h"

SUITE("timer");

struct alarm {
	struct timer_list timer;
	unsigned long rang; // when
	int times;
	int again; // how often it sets itself, to this very tick
	int place; // in the order of all rings
};

static int rings;

static void note_alarm(struct timer_list *timer)
{
	struct alarm *a = container_of(timer, struct alarm, timer);

	a->rang = jiffies;
	a->times++;
	a->place = rings++;
	if (a->again-- > 0)
		mod_timer(timer, jiffies);
}

static void alarm_init(struct alarm *a)
{
	*a = (struct alarm){ 0 };
	timer_setup(&a->timer, note_alarm, 0);
}

TEST("a timer rings once, at its tick; one in the past at the next")
{
	struct alarm alarm;
	unsigned long due;

	alarm_init(&alarm);
	EXPECT_FALSE(timer_pending(&alarm.timer));
	due = jiffies + 4;
	EXPECT_FALSE(mod_timer(&alarm.timer, due));
	EXPECT_TRUE(timer_pending(&alarm.timer));
	msleep(100);
	EXPECT_FALSE(timer_pending(&alarm.timer));
	EXPECT_EQ(alarm.times, 1);
	EXPECT_EQ(alarm.rang, due);
	mod_timer(&alarm.timer, jiffies - 1000);
	msleep(20);
	EXPECT_EQ(alarm.times, 2);
}

TEST("a timer that sets itself to a tick that has come rings at the next, not for ever in this one")
{
	struct alarm alarm;
	const unsigned long due = jiffies + 2;

	alarm_init(&alarm);
	alarm.again = 3;
	mod_timer(&alarm.timer, due);
	msleep(100);
	EXPECT_EQ(alarm.times, 4);
	EXPECT_EQ(alarm.rang, due + 3);
}

TEST("a timer that is moved rings at its new tick, one that is deleted not at all")
{
	struct alarm moved, deleted;
	const unsigned long due = jiffies + 6;

	alarm_init(&moved);
	alarm_init(&deleted);
	mod_timer(&moved.timer, due + 1000);
	mod_timer(&deleted.timer, due);
	EXPECT_TRUE(mod_timer(&moved.timer, due));
	EXPECT_TRUE(timer_delete(&deleted.timer));
	EXPECT_FALSE(timer_delete(&deleted.timer));
	msleep(100);
	EXPECT_EQ(moved.times, 1);
	EXPECT_EQ(moved.rang, due);
	EXPECT_EQ(deleted.times, 0);
	EXPECT_FALSE(timer_delete(&moved.timer));
}

TEST("timers for the same tick ring in the order in which they were set")
{
	struct alarm alarm[4];
	unsigned long flags;

	for (size_t i = 0; i < ARRAY_SIZE(alarm); i++)
		alarm_init(&alarm[i]);
	rings = 0;
	flags = local_irq_save();
	for (size_t i = 0; i < ARRAY_SIZE(alarm); i++)
		mod_timer(&alarm[i].timer, jiffies + 4);
	mod_timer(&alarm[1].timer, jiffies + 4); // set again: now the last
	local_irq_restore(flags);
	msleep(100);
	EXPECT_EQ(alarm[0].place, 0);
	EXPECT_EQ(alarm[2].place, 1);
	EXPECT_EQ(alarm[3].place, 2);
	EXPECT_EQ(alarm[1].place, 3);
}

#define ALARMS 300
static struct alarm alarms[ALARMS];

TEST("300 timers in any order, some moved, some deleted, all ring at their tick and no other")
{
	static unsigned long due[ALARMS];
	const unsigned long from = jiffies + 1;
	u32 x = 896;

	for (int i = 0; i < 2 * ALARMS; i++) {
		const int n = i % ALARMS;

		random_u32(&x);
		if (i < ALARMS)
			alarm_init(&alarms[n]);
		else if (x >> 30 == 0)
			continue;
		due[n] = from + 20 + (x >> 16) % 30;
		mod_timer(&alarms[n].timer, due[n]);
		if (i >= ALARMS && x >> 30 == 1)
			timer_delete(&alarms[n].timer);
	}
	if (time_after(jiffies, from + 19)) {
		for (int i = 0; i < ALARMS; i++)
			timer_delete(&alarms[i].timer);
		SKIP("the host is too busy: the first timers are due before the last is set");
	}
	for (int i = 0; i < ALARMS; i++)
		due[i] = timer_pending(&alarms[i].timer) ? due[i] : 0;
	msleep(600);
	for (int i = 0; i < ALARMS; i++) {
		ASSERT_EQ(alarms[i].times, due[i] != 0);
		ASSERT_EQ(alarms[i].rang, due[i]);
	}
}
