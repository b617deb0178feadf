// SPDX-License-Identifier: MIT
// Mutexes: see kernel/mutex.h.
//
// mutex_unlock() hands the mutex over: the first waiter owns it before it runs. So no later thread can
// lock it first, and no waiter starves.
// Rules: no interrupt handler uses a mutex, so mutex->lock is taken without masking interrupts.
// Linux: kernel/locking/mutex.c, which lets a running thread steal it, for speed.

#include <kernel/irq.h>
#include <kernel/mutex.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/wait.h>

// On the waiting thread's stack.
struct mutex_waiter {
	struct list_head entry; // [l] mutex->waiters
	struct thread_info *thread;
	unsigned long where;
};

unsigned long mutex_mistakes;

void mutex_init_name(struct mutex *m, const char *name)
{
	*m = (struct mutex)MUTEX_INIT(*m, name);
}

static void mutex_misuse(const struct mutex *m, const char *what, unsigned long where)
{
	const struct thread_info *me = current_thread_info(), *owner = m->owner;

	mutex_mistakes++;
	pr_err("BUG: mutex %s: %s by thread %d (%s) at %pS\n", m->name, what, me->pid, me->comm,
	       (void *)where);
	if (owner)
		pr_err("  thread %d (%s) has it, locked at %pS\n", owner->pid, owner->comm,
		       (void *)m->where);
	dump_stack(NULL);
}

static bool refused_in_interrupt(const struct mutex *m, const char *what, unsigned long where)
{
	if (!in_interrupt())
		return false;
	mutex_misuse(m, what, where);
	return true;
}

static void set_owner(struct mutex *m, struct thread_info *to, unsigned long where)
{
	m->owner = to;
	m->where = where;
	to->wants = NULL;
	m->next_held = to->held;
	to->held = m;
}

// Removes it from its owner's list. It is the first there, unless mutexes are unlocked out of order.
static void unlist_held(struct mutex *m)
{
	struct mutex **link = &m->owner->held;

	while (*link != m)
		link = &(*link)->next_held;
	*link = m->next_held;
}

// Follows the chain of owners and what they wait for. If it leads back to `me`, this is a deadlock.
// No other circle can exist: the lock that would have closed it panicked here.
static void check_deadlock(const struct mutex *m, const struct thread_info *me)
{
	for (const struct mutex *want = m; want; want = want->owner->wants) {
		if (want->owner != me)
			continue;
		for (want = m; want->owner != me; want = want->owner->wants)
			pr_emerg("mutex %s: thread %d (%s) has it, locked at %pS, and waits at "
				 "%pS\n",
				 want->name, want->owner->pid, want->owner->comm,
				 (void *)want->where, (void *)want->owner->sleeps_at);
		panic("deadlock: thread %d (%s) waits for mutex %s, and itself has %s, locked at "
		      "%pS",
		      me->pid, me->comm, m->name, want->name, (void *)want->where);
	}
}

// m->lock is held; released while the thread sleeps.
static void wait_for(struct mutex *m, struct thread_info *me, unsigned long where)
{
	struct mutex_waiter waiter = { .thread = me, .where = where };

	sched_must_run(where);
	check_deadlock(m, me);
	list_add_tail(&waiter.entry, &m->waiters);
	me->wants = m;
	do {
		sched_ops->prepare(where);
		spin_unlock(&m->lock);
		sched_ops->sleep();
		spin_lock(&m->lock);
	} while (m->owner != me);
}

void mutex_lock(struct mutex *m)
{
	struct thread_info *const me = current_thread_info();
	const unsigned long where = __RETURN_ADDRESS;

	if (refused_in_interrupt(m, "locked in an interrupt", where))
		return;
	might_sleep();
	spin_lock(&m->lock);
	if (!m->owner) {
		set_owner(m, me, where);
	} else if (m->owner == me) {
		m->again++;
		mutex_misuse(m, "locked again", where);
	} else {
		wait_for(m, me, where);
	}
	spin_unlock(&m->lock);
}

bool mutex_trylock(struct mutex *m)
{
	bool taken;

	if (refused_in_interrupt(m, "tried in an interrupt", __RETURN_ADDRESS))
		return false;
	spin_lock(&m->lock);
	taken = !m->owner;
	if (taken)
		set_owner(m, current_thread_info(), __RETURN_ADDRESS);
	spin_unlock(&m->lock);
	return taken;
}

// m->lock is held. Makes the first waiter the owner, or frees the mutex.
static void hand_over(struct mutex *m)
{
	struct mutex_waiter *next;

	unlist_held(m);
	m->owner = NULL;
	if (list_empty(&m->waiters))
		return;
	next = list_first_entry(&m->waiters, struct mutex_waiter, entry);
	list_del(&next->entry);
	set_owner(m, next->thread, next->where);
	sched_ops->wake(next->thread);
}

void mutex_unlock(struct mutex *m)
{
	const unsigned long where = __RETURN_ADDRESS;

	if (refused_in_interrupt(m, "unlocked in an interrupt", where))
		return;
	spin_lock(&m->lock);
	if (m->owner != current_thread_info())
		mutex_misuse(m,
			     m->owner ? "unlocked by a stranger," : "unlocked, though it is free,",
			     where);
	else if (m->again > 0)
		m->again--;
	else
		hand_over(m);
	spin_unlock(&m->lock);
}

bool mutex_is_locked(const struct mutex *m)
{
	return READ_ONCE(m->owner) != NULL;
}

void mutex_exit_thread(struct thread_info *thread)
{
	struct mutex *m;

	while ((m = thread->held) != NULL) {
		spin_lock(&m->lock);
		mutex_misuse(m, "not unlocked before its end", m->where);
		m->again = 0;
		hand_over(m);
		spin_unlock(&m->lock);
	}
}
