// SPDX-License-Identifier: MIT
// Timers, in a tree sorted by expiry. Timers for the same tick run in the order in which they were set.
//
// Owns: the tree. Locks: [T] timers.lock, with interrupts masked.
// Linux: kernel/time/timer.c, a wheel: O(1), but not exact beyond 64 ticks.

#include <kernel/spinlock.h>
#include <kernel/time.h>
#include <kernel/timer.h>

static struct {
	struct spinlock lock;
	struct rb_root tree; // [T]
} timers;

void timer_setup(struct timer_list *timer, void (*function)(struct timer_list *timer),
		 unsigned int flags)
{
	*timer = (struct timer_list){ .function = function };
}

static void insert_timer(struct timer_list *timer)
{
	struct rb_node **link = &timers.tree.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = time_before(timer->expires,
				   rb_entry(parent, struct timer_list, node)->expires)
			       ? &parent->rb_left
			       : &parent->rb_right;
	}
	rb_link_node(&timer->node, parent, link);
	rb_insert_color(&timer->node, &timers.tree);
	timer->pending = true;
}

static bool remove_timer(struct timer_list *timer)
{
	const bool was_pending = timer->pending;

	if (was_pending)
		rb_erase(&timer->node, &timers.tree);
	timer->pending = false;
	return was_pending;
}

bool mod_timer(struct timer_list *timer, unsigned long expires)
{
	const unsigned long flags = spin_lock_irqsave(&timers.lock);
	const bool was_pending = remove_timer(timer);

	timer->expires = time_after(expires, jiffies) ? expires : jiffies + 1;
	insert_timer(timer);
	spin_unlock_irqrestore(&timers.lock, flags);
	return was_pending;
}

bool timer_delete(struct timer_list *timer)
{
	const unsigned long flags = spin_lock_irqsave(&timers.lock);
	const bool was_pending = remove_timer(timer);

	spin_unlock_irqrestore(&timers.lock, flags);
	return was_pending;
}

// Removes and returns the first timer if it is due, else NULL.
static struct timer_list *take_due(void)
{
	const unsigned long flags = spin_lock_irqsave(&timers.lock);
	struct rb_node *first = rb_first(&timers.tree);
	struct timer_list *timer = first ? rb_entry(first, struct timer_list, node) : NULL;

	if (timer && time_after(timer->expires, jiffies))
		timer = NULL;
	if (timer)
		remove_timer(timer);
	spin_unlock_irqrestore(&timers.lock, flags);
	return timer;
}

void timers_run(void)
{
	struct timer_list *timer;

	while ((timer = take_due()) != NULL)
		timer->function(timer);
}
