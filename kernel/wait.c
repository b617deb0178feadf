// SPDX-License-Identifier: MIT
// Wait queues: see kernel/wait.h.
//
//   waiter                                          interrupt, or another thread
//   prepare: enters the queue, state sleeping
//   checks the condition: false
//                                                   makes it true
//                                                   wake_up: dequeues the waiter, state running
//   sleep: state is running, so returns at once
//   checks again: true
//
// The queue's lock orders prepare and wake_up: either wake_up finds the waiter in the queue, or the
// waiter checks after it and finds the condition true.
// Linux: kernel/sched/wait.c.

#include <kernel/panic.h>
#include <kernel/wait.h>

const struct sched_ops *sched_ops;

void sched_must_run(unsigned long where)
{
	if (!sched_ops)
		panic("%pS waits before the scheduler runs: nobody could wake it", (void *)where);
}

void init_waitqueue_head(struct wait_queue_head *wq)
{
	*wq = (struct wait_queue_head)WAIT_QUEUE_HEAD_INIT(*wq);
}

static bool is_queued(const struct wait_queue_entry *entry)
{
	return entry->entry.next != NULL;
}

void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	unsigned long flags;

	sched_must_run(__RETURN_ADDRESS);
	flags = spin_lock_irqsave(&wq->lock);
	if (!is_queued(entry))
		list_add_tail(&entry->entry, entry->exclusive ? &wq->exclusive : &wq->waiters);
	sched_ops->prepare(__RETURN_ADDRESS);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	sched_ops->cancel();
	if (is_queued(entry))
		list_del(&entry->entry);
	spin_unlock_irqrestore(&wq->lock, flags);
}

// Dequeues the waiter before it runs, so that its next wait puts it at the end.
static void wake_first(struct list_head *list)
{
	struct wait_queue_entry *entry = list_first_entry(list, struct wait_queue_entry, entry);

	list_del(&entry->entry);
	sched_ops->wake(entry->thread);
}

static void wake_queue(struct wait_queue_head *wq, bool all)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	while (!list_empty(&wq->waiters))
		wake_first(&wq->waiters);
	while (!list_empty(&wq->exclusive)) {
		wake_first(&wq->exclusive);
		if (!all)
			break;
	}
	spin_unlock_irqrestore(&wq->lock, flags);
}

void wake_up(struct wait_queue_head *wq)
{
	wake_queue(wq, false);
}

void wake_up_all(struct wait_queue_head *wq)
{
	wake_queue(wq, true);
}

bool waitqueue_active(const struct wait_queue_head *wq)
{
	return !list_empty(&wq->waiters) || !list_empty(&wq->exclusive);
}
