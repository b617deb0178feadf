// SPDX-License-Identifier: MIT
// Completions: threads wait until another thread, or an interrupt, reports that something is done.
// Linux: include/linux/completion.h.
#pragma once

#include <kernel/wait.h>

// Locks: [l] wait.lock
struct completion {
	unsigned int done; // [l] how many waits may still succeed at once; COMPLETED_ALL: all
	struct wait_queue_head wait;
};

#define COMPLETED_ALL (~0U)
#define COMPLETION_INIT(name)                                        \
	{                                                            \
		.done = 0, .wait = WAIT_QUEUE_HEAD_INIT((name).wait) \
	}
#define DECLARE_COMPLETION(name) struct completion name = COMPLETION_INIT(name)

void init_completion(struct completion *x);

// Wakes the first waiter, or lets the next one through; complete_all() releases all, permanently.
// Any context.
void complete(struct completion *x);
void complete_all(struct completion *x);

// Sleeps until a complete() is available, and consumes it. _timeout: sleeps for at most `timeout` ticks;
// returns 0 if they ran out, else the ticks left, at least 1.
void wait_for_completion(struct completion *x);
__must_check long wait_for_completion_timeout(struct completion *x, long timeout);
// Consumes a complete() without waiting; false: none is available. Any context.
__must_check bool try_wait_for_completion(struct completion *x);
