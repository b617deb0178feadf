// SPDX-License-Identifier: MIT
// Timers: a function that is called at a tick to come.
//
// The function runs in the tick's interrupt, so it must not sleep; it may set its timer anew, and the
// timer is free again when it begins.
// Linux: include/linux/timer.h.
#pragma once

#include <lib/rbtree.h>
#include <lib/types.h>

// Locks: [T] the timers' own, with interrupts masked
struct timer_list {
	struct rb_node node;   // [T]
	unsigned long expires; // [T] jiffies
	bool pending;          // [T]
	void (*function)(struct timer_list *timer);
};

// flags: 0.
void timer_setup(struct timer_list *timer, void (*function)(struct timer_list *timer),
		 unsigned int flags);

// Sets the timer to the tick at which jiffies becomes `expires`, or the next when that has been,
// whether it was pending or not. Returns whether it was. Any context; O(log n).
bool mod_timer(struct timer_list *timer, unsigned long expires);

// Returns whether it was pending; it is not any more, and its function does not run. Any context but the
// function of a timer.
bool timer_delete(struct timer_list *timer);

static inline bool timer_pending(const struct timer_list *timer)
{
	return timer->pending;
}

// Upcall of the tick: calls what is due. Interrupt context.
void timers_run(void);
