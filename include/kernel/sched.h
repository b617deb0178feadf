// SPDX-License-Identifier: MIT
// The scheduler: fixed priorities 0 to 31, 31 first, round robin within one.
//
// Rules: kernel code is never preempted. A tick or a wake-up only notes that another thread should
// run; the CPU changes hands where the running thread sleeps, ends, yields or calls cond_resched(),
// and on the way back to user mode. The fast paths of the slab and page allocators rely on it, and
// mask no interrupts. So code that computes long calls cond_resched().
// Linux: kernel/sched/rt.c, SCHED_RR.
#pragma once

#include <kernel/thread.h>

#define current ((struct thread *)running_thread)

// Makes the running code the first thread, and the idle thread; from now on threads may wait. Call
// once, when kmalloc works.
void sched_init(void);

// Runs the first thread of the highest priority that can run, and returns when that is the caller
// again; behind prepare_to_wait(), not before it was woken. Threads only, with interrupts enabled and
// no spinlock held (checked in debug builds), as everything below.
void schedule(void);

// Behind all others of its priority.
void yield(void);

// Lets a thread run that should: one of a higher priority, or one of the same when the time slice is
// over. Costs a look at a variable when there is none.
extern bool need_resched;
static inline void cond_resched(void)
{
	if (READ_ONCE(need_resched))
		schedule();
}

// As schedule(), behind prepare_to_wait(): sleeps until woken, but at most so many ticks (the first may
// be a part of one). Returns the ticks that were left.
long schedule_timeout(long ticks);
// Sleeps for so many ticks.
void schedule_timeout_uninterruptible(long ticks);
// Sleeps for at least so many milliseconds.
void msleep(unsigned int ms);

// A round of the idle thread: waits for an interrupt, unless need_resched is set. Threads only.
void idle_once(void);

// ---- For kernel/sched/thread.c ----

// Hands a new thread to the scheduler; ends the running one; waits, at this code, until another has
// ended and does not use its stack any more (false: somebody else waits already).
void sched_add(struct thread *t);
__noreturn void sched_exit(void);
bool sched_join(struct thread *t, unsigned long where);
