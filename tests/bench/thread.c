// SPDX-License-Identifier: MIT
// What threads cost: changing them, waking them, locking, making them.
//
// The other thread of a pair runs with interrupts on; a tick falls into one batch of many, and the
// shortest batch is what counts.

#include <kernel/bench.h>
#include <kernel/mutex.h>
#include <kernel/panic.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>

static struct thread *peer;
static bool over;

static void start_peer(int (*fn)(void *arg))
{
	over = false;
	peer = thread_create(fn, NULL, THREAD_PRIORITY, "bench");
	BUG_ON(IS_ERR(peer));
	yield();
}

static int yield_back(void *arg)
{
	while (!READ_ONCE(over))
		yield();
	return 0;
}

static void start_yielding(void)
{
	start_peer(yield_back);
}

static void end_peer(void)
{
	over = true;
	BUG_ON(thread_join(peer, NULL) != 0);
}

BENCH_WITH("yield to another thread, and back", 1000, start_yielding, end_peer)
{
	yield();
}

static DECLARE_WAIT_QUEUE_HEAD(ping);
static DECLARE_WAIT_QUEUE_HEAD(pong);
static int balls; // 1: the other side's turn

static int return_balls(void *arg)
{
	for (;;) {
		wait_event(ping, READ_ONCE(balls) == 1 || READ_ONCE(over));
		if (over)
			return 0;
		balls = 0;
		wake_up(&pong);
	}
}

static void start_returning(void)
{
	start_peer(return_balls);
}

static void end_returning(void)
{
	over = true;
	wake_up(&ping);
	BUG_ON(thread_join(peer, NULL) != 0);
}

BENCH_WITH("wake a thread and wait for its answer: 2 wake-ups, 2 waits, 2 switches", 1000,
	   start_returning, end_returning)
{
	balls = 1;
	wake_up(&ping);
	wait_event(pong, READ_ONCE(balls) == 0);
}

BENCH("wake_up, nobody waits", 1000)
{
	wake_up(&ping);
}

static DEFINE_MUTEX(lock);

BENCH("mutex_lock + mutex_unlock, free", 1000)
{
	mutex_lock(&lock);
	mutex_unlock(&lock);
}

static int bench_thread_main(void *arg)
{
	return 0;
}

BENCH("thread_create + run + thread_join", 100)
{
	struct thread *t = thread_create(bench_thread_main, NULL, THREAD_PRIORITY, "bench");

	BUG_ON(IS_ERR(t) || thread_join(t, NULL) != 0);
}

#define PENDING 100
static struct timer_list timers[PENDING + 1];

static void never(struct timer_list *timer)
{
	BUG();
}

static void set_timers(void)
{
	for (int i = 0; i <= PENDING; i++)
		timer_setup(&timers[i], never, 0);
	for (int i = 1; i <= PENDING; i++)
		mod_timer(&timers[i], jiffies + 100000 + i * 37 % PENDING);
}

static void delete_timers(void)
{
	for (int i = 1; i <= PENDING; i++)
		timer_delete(&timers[i]);
}

BENCH_WITH("mod_timer + timer_delete beside 100 timers", 1000, set_timers, delete_timers)
{
	mod_timer(&timers[0], jiffies + 100050);
	timer_delete(&timers[0]);
}

FIGURE("sizeof(struct thread)", "bytes")
{
	return sizeof(struct thread);
}
