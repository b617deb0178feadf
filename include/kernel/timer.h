// SPDX-License-Identifier: MIT
// Timers: call a function at a later tick.
//
// The function runs in the tick's interrupt, so it must not sleep. When it starts, the timer is no longer
// pending: the function may set it again or free it.
// Linux: include/linux/timer.h.
#pragma once

#include <lib/rbtree.h>
#include <lib/types.h>

// Locks: [T] timers.lock, with interrupts masked
struct timer_list {
	struct rb_node node;   // [T]
	unsigned long expires; // [T] jiffies
	bool pending;          // [T]
	void (*function)(struct timer_list *timer);
};

// flags: 0.
void timer_setup(struct timer_list *timer, void (*function)(struct timer_list *timer),
		 unsigned int flags);

// Sets the timer to the tick at which jiffies becomes `expires`, or to the next tick if that has passed.
// The timer may already be pending. Returns whether it was. Any context; O(log n).
bool mod_timer(struct timer_list *timer, unsigned long expires);

// Cancels the timer: its function does not run. Returns whether it was pending. Any context, but not in a
// timer's function.
bool timer_delete(struct timer_list *timer);

static inline bool timer_pending(const struct timer_list *timer)
{
	return timer->pending;
}

// The tick calls this: runs the functions of all due timers. Interrupt context.
void timers_run(void);
