// SPDX-License-Identifier: MIT
// Completions: a counter, protected by the lock of a wait queue.
// Linux: kernel/sched/completion.c.

#include <kernel/completion.h>
#include <kernel/time.h>

void init_completion(struct completion *x)
{
	*x = (struct completion)COMPLETION_INIT(*x);
}

void complete(struct completion *x)
{
	const unsigned long flags = spin_lock_irqsave(&x->wait.lock);

	if (x->done < COMPLETED_ALL - 1)
		x->done++;
	spin_unlock_irqrestore(&x->wait.lock, flags);
	wake_up(&x->wait);
}

void complete_all(struct completion *x)
{
	const unsigned long flags = spin_lock_irqsave(&x->wait.lock);

	x->done = COMPLETED_ALL;
	spin_unlock_irqrestore(&x->wait.lock, flags);
	wake_up_all(&x->wait);
}

bool try_wait_for_completion(struct completion *x)
{
	const unsigned long flags = spin_lock_irqsave(&x->wait.lock);
	const bool done = x->done != 0;

	if (done && x->done != COMPLETED_ALL)
		x->done--;
	spin_unlock_irqrestore(&x->wait.lock, flags);
	return done;
}

void wait_for_completion(struct completion *x)
{
	wait_event_exclusive(x->wait, try_wait_for_completion(x));
}

long wait_for_completion_timeout(struct completion *x, long timeout)
{
	return wait_event_exclusive_timeout(x->wait, try_wait_for_completion(x), timeout);
}
