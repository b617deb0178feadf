// SPDX-License-Identifier: MIT
// Completions: one side waits for the other to say, once for each waiter, that something is done.
// Linux: include/linux/completion.h.
#pragma once

#include <kernel/wait.h>

// Locks: [l] wait.lock
struct completion {
	unsigned int done; // [l] how many may still go on without waiting; COMPLETED_ALL: all
	struct wait_queue_head wait;
};

#define COMPLETED_ALL (~0U)
#define COMPLETION_INIT(name)                                        \
	{                                                            \
		.done = 0, .wait = WAIT_QUEUE_HEAD_INIT((name).wait) \
	}
#define DECLARE_COMPLETION(name) struct completion name = COMPLETION_INIT(name)

void init_completion(struct completion *x);

// Lets one waiter go on, the first to come first, or the next that comes; _all: everybody, for good.
// Any context.
void complete(struct completion *x);
void complete_all(struct completion *x);

// Sleeps until it is complete, and uses that up. _timeout: for at most so many ticks; returns 0 when
// they are over, else the ticks that were left, at least 1.
void wait_for_completion(struct completion *x);
__must_check long wait_for_completion_timeout(struct completion *x, long timeout);
// Uses it up without waiting; false when it is not complete. Any context.
__must_check bool try_wait_for_completion(struct completion *x);
