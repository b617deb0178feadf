// SPDX-License-Identifier: MIT
// Wait queues: threads that sleep until a condition is true, and are told when to look again.
//
//   wait_event(queue, ready);                      WRITE_ONCE(ready, true);
//                                                  wake_up(&queue);
//
// No wake-up is lost: the waiter stands in the queue before it looks at the condition, so one that
// comes between the look and the sleep makes the sleep end at once. The condition is evaluated by
// the waiter, any number of times, and must not sleep.
// Rules: only threads wait, with interrupts enabled and no spinlock held. Anybody wakes.
// Linux: include/linux/wait.h.
#pragma once

#include <kernel/context.h>
#include <kernel/spinlock.h>
#include <kernel/thread_info.h>
#include <lib/list.h>

// Locks: [l] lock, with interrupts masked
struct wait_queue_head {
	struct spinlock lock;
	struct list_head waiters;   // [l] all woken at once, in the order of their coming
	struct list_head exclusive; // [l] woken one by one, the first to come first
};

#define WAIT_QUEUE_HEAD_INIT(name)                            \
	{                                                     \
		.waiters = LIST_HEAD_INIT((name).waiters),    \
		.exclusive = LIST_HEAD_INIT((name).exclusive) \
	}
#define DECLARE_WAIT_QUEUE_HEAD(name) struct wait_queue_head name = WAIT_QUEUE_HEAD_INIT(name)

void init_waitqueue_head(struct wait_queue_head *wq);

// Wakes all that wait by wait_event() and its like, and the first that waits exclusively (_all: all
// of them). What was written before is seen by those who wake. Any context.
void wake_up(struct wait_queue_head *wq);
void wake_up_all(struct wait_queue_head *wq);

// Whether anybody waits. Any context; the answer may be old.
bool waitqueue_active(const struct wait_queue_head *wq);

// Sleeps until cond is true; a panic before the scheduler runs, unless cond is true at once.
#define wait_event(wq, cond)                                            \
	do {                                                            \
		might_sleep();                                          \
		if (!(cond))                                            \
			WAIT_LOOP(wq, cond, false, sched_ops->sleep()); \
	} while (0)

// As wait_event(), but wake_up() wakes only the first of those who wait so.
#define wait_event_exclusive(wq, cond)                                 \
	do {                                                           \
		might_sleep();                                         \
		if (!(cond))                                           \
			WAIT_LOOP(wq, cond, true, sched_ops->sleep()); \
	} while (0)

// As wait_event() and wait_event_exclusive(), for at most `timeout` ticks. Returns 0 when the time is
// over and cond still false, else the ticks that were left, at least 1.
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

// ---- What the macros are made of; also for waiting under a lock of one's own ----

struct wait_queue_entry {
	struct list_head entry; // [l] next is NULL while it is in no queue
	struct thread_info *thread;
	bool exclusive;
};

#define DEFINE_WAIT(name) struct wait_queue_entry name = { .thread = current_thread_info() }

// Puts the running thread into the queue, unless it is there. From now on a wake-up makes the next
// sleep end at once.
void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry);
// The thread does not sleep after all, or no more.
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

// ---- What this layer asks of the scheduler ----

// Set once by sched_init() (kernel/sched/sched.c); NULL before: then nobody else could run.
struct sched_ops {
	// The running thread is about to sleep, at this code; from now on wake() cancels that. cancel():
	// it does so itself.
	void (*prepare)(unsigned long where);
	void (*cancel)(void);
	// Sleeps until woken, at most so many ticks; returns those that are left.
	void (*sleep)(void);
	long (*sleep_timeout)(long ticks);
	// Any context.
	void (*wake)(struct thread_info *thread);
	// Interrupt context, each tick.
	void (*tick)(void);
	// Prints who sleeps where, as an emergency. Any context.
	void (*report)(void);
};
extern const struct sched_ops *sched_ops;

// Panics with the sentence that there is no scheduler yet, unless there is.
void sched_must_run(unsigned long where);
