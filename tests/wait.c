// SPDX-License-Identifier: MIT
// Waiting: nobody is woken without reason for good, nobody sleeps through a wake-up, and time ends it.

#include <arch/cpu.h>
#include <kernel/completion.h>
#include <kernel/ktest.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <lib/string.h>

#include "log_watch.h"

SUITE("wait");

static DECLARE_WAIT_QUEUE_HEAD(queue);
static bool ready;
static char trail[32]; // the letters of those that went on, in their order

static void trail_begin(void)
{
	memset(trail, 0, sizeof(trail));
	ready = false;
}

static struct thread *start_at(int (*fn)(void *arg), const char *letter, int priority)
{
	struct thread *t = thread_create(fn, (void *)letter, priority, letter);

	EXPECT_FALSE(IS_ERR(t));
	return t;
}

static struct thread *start(int (*fn)(void *arg), const char *letter)
{
	return start_at(fn, letter, THREAD_PRIORITY);
}

static void join(struct thread *t)
{
	EXPECT_EQ(thread_join(t, NULL), 0);
}

static int wait_shared(void *arg)
{
	wait_event(queue, ready);
	trail[strlen(trail)] = *(const char *)arg;
	return 0;
}

static int wait_alone(void *arg)
{
	wait_event_exclusive(queue, ready);
	trail[strlen(trail)] = *(const char *)arg;
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
	a = start(wait_shared, "a");
	b = start(wait_shared, "b");
	c = start(wait_shared, "c");
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
	t[0] = start(wait_alone, "1");
	t[1] = start(wait_alone, "2");
	t[2] = start(wait_shared, "s");
	t[3] = start(wait_alone, "3");
	t[4] = start(wait_alone, "4");
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
	low = start_at(wait_shared, "l", THREAD_PRIORITY);
	high = start_at(wait_shared, "h", THREAD_PRIORITY + 1);
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

struct alarm {
	struct timer_list timer;
	unsigned long rang; // when
	int times;
	int again; // how often it sets itself, to this very tick
	bool sets_ready;
};

static void ring(struct timer_list *timer)
{
	struct alarm *a = container_of(timer, struct alarm, timer);

	a->rang = jiffies;
	a->times++;
	if (a->again-- > 0)
		mod_timer(timer, jiffies);
	if (a->sets_ready) {
		ready = true;
		wake_up(&queue);
	}
}

static void alarm_init(struct alarm *a, bool sets_ready)
{
	*a = (struct alarm){ .sets_ready = sets_ready };
	timer_setup(&a->timer, ring, 0);
}

TEST("an interrupt wakes a waiter")
{
	struct alarm alarm;

	ready = false;
	alarm_init(&alarm, true);
	mod_timer(&alarm.timer, jiffies + 3);
	wait_event(queue, ready);
	EXPECT_EQ(alarm.times, 1);
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
		EXPECT_EQ(took, ticks);
	}
	EXPECT_FALSE(waitqueue_active(&queue));
}

TEST("wait_event_timeout gives what was left when the condition becomes true, at least 1")
{
	struct alarm alarm;
	long left;

	ready = true;
	EXPECT_EQ(wait_event_timeout(queue, ready, 7), 7);
	EXPECT_EQ(wait_event_timeout(queue, ready, 0), 1);
	ready = false;
	EXPECT_EQ(wait_event_timeout(queue, ready, 0), 0);
	alarm_init(&alarm, true);
	mod_timer(&alarm.timer, jiffies + 3);
	left = wait_event_timeout(queue, ready, 1000);
	EXPECT_GT(left, 800);
	EXPECT_LE(left, 997);
	ready = false;
	mod_timer(&alarm.timer, jiffies + 2);
	EXPECT_GT(wait_event_timeout(queue, ready, MAX_SCHEDULE_TIMEOUT), 1);
	EXPECT_EQ(alarm.times, 2);
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
	log_watch_end();
	EXPECT_EQ(might_sleep_reports - before, CONFIG_DEBUG ? 2 : 0);
	EXPECT_EQ(log_seen("(interrupts masked)"), CONFIG_DEBUG);
	EXPECT_EQ(log_seen("(with a spinlock)"), CONFIG_DEBUG);
}

// ---- Timers -------------------------------------------------------------------------------------

TEST("a timer rings once, at its tick; one in the past at the next")
{
	struct alarm alarm;
	unsigned long due;

	alarm_init(&alarm, false);
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

	alarm_init(&alarm, false);
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

	alarm_init(&moved, false);
	alarm_init(&deleted, false);
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

#define ALARMS 300
static struct alarm alarms[ALARMS];

TEST("300 timers in any order, some moved, some deleted, all ring at their tick and no other")
{
	static unsigned long due[ALARMS];
	const unsigned long from = jiffies + 1;
	u32 x = 896;

	for (int i = 0; i < 2 * ALARMS; i++) {
		const int n = i % ALARMS;

		x = x * 1664525 + 1013904223;
		if (i < ALARMS)
			alarm_init(&alarms[n], false);
		else if (x >> 30 == 0)
			continue;
		due[n] = from + 20 + (x >> 16) % 30;
		mod_timer(&alarms[n].timer, due[n]);
		if (i >= ALARMS && x >> 30 == 1)
			timer_delete(&alarms[n].timer);
	}
	if (time_after(jiffies, from + 19))
		SKIP("the host is too busy: the first timers are due before the last is set");
	for (int i = 0; i < ALARMS; i++)
		due[i] = timer_pending(&alarms[i].timer) ? due[i] : 0;
	msleep(600);
	for (int i = 0; i < ALARMS; i++) {
		ASSERT_EQ(alarms[i].times, due[i] != 0);
		ASSERT_EQ(alarms[i].rang, due[i]);
	}
}

// ---- Completions --------------------------------------------------------------------------------

static DECLARE_COMPLETION(done);

static int wait_done(void *arg)
{
	wait_for_completion(&done);
	trail[strlen(trail)] = *(const char *)arg;
	return 0;
}

// Two threads, a and b in this order, wait for it.
static void start_two(struct thread *t[2])
{
	trail_begin();
	init_completion(&done);
	t[0] = start(wait_done, "a");
	t[1] = start(wait_done, "b");
	yield();
}

TEST("complete lets one waiter go on, the first to come, or the next that comes")
{
	struct thread *t[2];

	start_two(t);
	complete(&done);
	yield();
	EXPECT_STREQ(trail, "a");
	complete(&done);
	join(t[0]);
	join(t[1]);
	EXPECT_STREQ(trail, "ab");
	EXPECT_FALSE(try_wait_for_completion(&done));
	complete(&done);
	complete(&done);
	EXPECT_TRUE(try_wait_for_completion(&done));
	wait_for_completion(&done);
	EXPECT_EQ(wait_for_completion_timeout(&done, 2), 0);
}

TEST("complete_all lets everybody go on, for good")
{
	struct thread *t[2];

	start_two(t);
	complete_all(&done);
	join(t[0]);
	join(t[1]);
	EXPECT_STREQ(trail, "ab");
	wait_for_completion(&done);
	EXPECT_EQ(wait_for_completion_timeout(&done, 5), 5);
	EXPECT_TRUE(try_wait_for_completion(&done));
}

// ---- Producers and consumers --------------------------------------------------------------------

#define PRODUCERS 4
#define CONSUMERS 3
#define ITEMS     500 // of each producer
#define ROOM      5

static struct {
	struct mutex lock;
	struct wait_queue_head not_empty, not_full;
	u32 item[ROOM];            // [l]
	int used, first;           // [l]
	u32 next[PRODUCERS];       // [l] what comes next of each
	int consumed, out_of_turn; // [l]
} store;

static u32 random_below(u32 *x, u32 n)
{
	*x = *x * 1664525 + 1013904223;
	return (*x >> 16) % n;
}

static void dawdle(u32 *x)
{
	switch (random_below(x, 64)) {
	case 0: msleep(1); break;
	case 1 ... 20: yield(); break;
	default: cond_resched();
	}
}

static int produce(void *arg)
{
	const u32 me = (u32)(unsigned long)arg;
	u32 x = me + 1;

	for (u32 i = 0; i < ITEMS; i++) {
		mutex_lock(&store.lock);
		while (store.used == ROOM) {
			mutex_unlock(&store.lock);
			wait_event_exclusive(store.not_full, READ_ONCE(store.used) < ROOM);
			mutex_lock(&store.lock);
		}
		store.item[(store.first + store.used++) % ROOM] = me << 16 | i;
		dawdle(&x);
		mutex_unlock(&store.lock);
		wake_up(&store.not_empty);
		dawdle(&x);
	}
	return 0;
}

static void take_item(void)
{
	const u32 item = store.item[store.first];

	store.first = (store.first + 1) % ROOM;
	store.used--;
	store.consumed++;
	// Items of one producer come in their order, whoever takes them.
	store.out_of_turn += store.next[item >> 16]++ != (item & 0xffff);
}

static bool all_consumed(void)
{
	return READ_ONCE(store.consumed) == PRODUCERS * ITEMS;
}

static int consume(void *arg)
{
	u32 x = (u32)(unsigned long)arg + 100;

	while (!all_consumed()) {
		wait_event_exclusive(store.not_empty, READ_ONCE(store.used) > 0 || all_consumed());
		mutex_lock(&store.lock);
		if (store.used > 0)
			take_item();
		dawdle(&x);
		mutex_unlock(&store.lock);
		wake_up(&store.not_full);
		dawdle(&x);
	}
	wake_up_all(&store.not_empty);
	return 0;
}

TEST("four producers and three consumers, at random speeds and priorities: each item arrives once, "
     "in turn")
{
	struct thread *t[PRODUCERS + CONSUMERS];

	memset(&store, 0, sizeof(store));
	mutex_init(&store.lock);
	init_waitqueue_head(&store.not_empty);
	init_waitqueue_head(&store.not_full);
	for (unsigned long i = 0; i < ARRAY_SIZE(t); i++) {
		const bool producer = i < PRODUCERS;

		t[i] = thread_create(producer ? produce : consume,
				     (void *)(producer ? i : i - PRODUCERS),
				     THREAD_PRIORITY - 1 + (int)(i % 3), "ktest");
		EXPECT_FALSE(IS_ERR(t[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		join(t[i]);
	EXPECT_EQ(store.consumed, PRODUCERS * ITEMS);
	EXPECT_EQ(store.out_of_turn, 0);
	EXPECT_EQ(store.used, 0);
}
