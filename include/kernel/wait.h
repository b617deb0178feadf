// SPDX-License-Identifier: MIT
// Wait queues: a thread sleeps until a condition is true; wake_up() makes it check again.
//
//   wait_event(queue, ready);                      WRITE_ONCE(ready, true);
//                                                  wake_up(&queue);
//
// No wake-up is lost: the waiter enters the queue before it checks the condition. A wake-up between check
// and sleep makes the sleep return at once. The waiter evaluates the condition, any number of times; the
// condition must not sleep.
// Rules: only threads wait, with interrupts enabled and no spinlock held. Any context may wake.
// Linux: include/linux/wait.h.
#pragma once

#include <kernel/context.h>
#include <kernel/spinlock.h>
#include <kernel/thread_info.h>
#include <lib/list.h>

// Locks: [l] lock, with interrupts masked
struct wait_queue_head {
	struct spinlock lock;
	struct list_head waiters;   // [l] all woken at once, the longest waiting first
	struct list_head exclusive; // [l] woken one by one, the longest waiting first
};

#define WAIT_QUEUE_HEAD_INIT(name)                            \
	{                                                     \
		.waiters = LIST_HEAD_INIT((name).waiters),    \
		.exclusive = LIST_HEAD_INIT((name).exclusive) \
	}
#define DECLARE_WAIT_QUEUE_HEAD(name) struct wait_queue_head name = WAIT_QUEUE_HEAD_INIT(name)

void init_waitqueue_head(struct wait_queue_head *wq);

// Wakes all waiters of wait_event() and wait_event_timeout(), and the first exclusive waiter
// (wake_up_all(): all). The woken threads see what the caller wrote before. Any context.
void wake_up(struct wait_queue_head *wq);
void wake_up_all(struct wait_queue_head *wq);

// Whether a thread waits. Any context; the answer may be outdated.
bool waitqueue_active(const struct wait_queue_head *wq);

// Sleeps until cond is true. Before the scheduler runs: a panic, unless cond is already true.
#define wait_event(wq, cond)                                            \
	do {                                                            \
		might_sleep();                                          \
		if (!(cond))                                            \
			WAIT_LOOP(wq, cond, false, sched_ops->sleep()); \
	} while (0)

// Like wait_event(), but wake_up() wakes only the first exclusive waiter.
#define wait_event_exclusive(wq, cond)                                 \
	do {                                                           \
		might_sleep();                                         \
		if (!(cond))                                           \
			WAIT_LOOP(wq, cond, true, sched_ops->sleep()); \
	} while (0)

// Like wait_event() and wait_event_exclusive(), for at most `timeout` ticks. Returns 0 if the time is
// over and cond is still false, else the ticks left, at least 1.
#define wait_event_timeout(wq, cond, timeout)           WAIT_TIMEOUT(wq, cond, timeout, false)
#define wait_event_exclusive_timeout(wq, cond, timeout) WAIT_TIMEOUT(wq, cond, timeout, true)
#define WAIT_TIMEOUT(wq, cond, timeout, is_exclusive)                           \
	({                                                                      \
		long wt_left = (timeout);                                       \
		might_sleep();                                                  \
		if (!WAIT_OVER(cond, wt_left))                                  \
			WAIT_LOOP(wq, WAIT_OVER(cond, wt_left), is_exclusive,   \
				  wt_left = sched_ops->sleep_timeout(wt_left)); \
		wt_left;                                                        \
	})

// ---- The parts of the macros; also for waiting with a lock of the caller's ----

struct wait_queue_entry {
	struct list_head entry; // [l] next is NULL while it is not queued
	struct thread_info *thread;
	bool exclusive;
};

#define DEFINE_WAIT(name) struct wait_queue_entry name = { .thread = current_thread_info() }

// Puts the running thread into the queue, unless it is already there. A wake-up afterwards makes the next
// sleep return at once.
void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry);
// The thread is done waiting: takes it out of the queue.
void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry);

#define WAIT_LOOP(wq, over, is_exclusive, sleep)                                      \
	do {                                                                          \
		struct wait_queue_entry wl_entry = { .thread = current_thread_info(), \
						     .exclusive = (is_exclusive) };   \
		for (;;) {                                                            \
			prepare_to_wait(&(wq), &wl_entry);                            \
			if (over)                                                     \
				break;                                                \
			sleep;                                                        \
		}                                                                     \
		finish_wait(&(wq), &wl_entry);                                        \
	} while (0)

#define WAIT_OVER(cond, left)               \
	({                                  \
		bool wo_cond = (cond);      \
		if (wo_cond && (left) == 0) \
			(left) = 1;         \
		wo_cond || (left) == 0;     \
	})

// ---- What this layer needs from the scheduler ----

// Set once by sched_init() (kernel/sched/sched.c); NULL before: there is only one thread then.
struct sched_ops {
	// prepare(): the running thread is about to sleep, at this code; a wake() afterwards cancels
	// that. cancel(): the thread itself cancels it.
	void (*prepare)(unsigned long where);
	void (*cancel)(void);
	// Sleeps until woken; sleep_timeout(): at most this many ticks, returns the ticks left.
	void (*sleep)(void);
	long (*sleep_timeout)(long ticks);
	// Any context.
	void (*wake)(struct thread_info *thread);
	// Interrupt context, each tick.
	void (*tick)(void);
	// Logs each thread, and where it sleeps. Any context.
	void (*report)(void);
};
extern const struct sched_ops *sched_ops;

// Panics if the scheduler does not run yet. where: the code that wants to wait.
void sched_must_run(unsigned long where);
