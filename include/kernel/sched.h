// SPDX-License-Identifier: MIT
// The scheduler: fixed priorities 0 to 31, 31 first; round robin within a priority.
//
// Rules: kernel code is never preempted. A tick or a wake-up only sets need_resched. The switch happens
// when the running thread sleeps, exits, yields or calls cond_resched(). The fast paths of the slab and
// page allocators rely on this: they mask no interrupts. A long computation must call cond_resched().
// Linux: kernel/sched/rt.c, SCHED_RR.
#pragma once

#include <kernel/thread.h>

#define current ((struct thread *)running_thread)

// Turns the running code into the first thread, and creates the idle thread. Threads may wait
// afterwards. Call once, after slab_init(). Panics without memory.
void sched_init(void);

// Switches to the first runnable thread of the highest priority; returns when the caller runs again.
// After prepare_to_wait(), sleeps until a wake-up. This and everything below: threads only, with
// interrupts enabled and no spinlock held (debug builds check it).
void schedule(void);

// Lets all other threads of its priority, and higher ones, run first.
void yield(void);

// Switches to a thread of higher priority, or of the same priority if the time slice is over. Otherwise
// costs only the test of a variable.
extern bool need_resched;
static inline void cond_resched(void)
{
	if (READ_ONCE(need_resched))
		schedule();
}

// Like schedule() after prepare_to_wait(): sleeps until woken, but at most this many ticks (the first may
// be a partial one). Returns the ticks left.
long schedule_timeout(long ticks);
// Sleeps for this many ticks.
void schedule_timeout_uninterruptible(long ticks);
// Sleeps for at least this many milliseconds.
void msleep(unsigned int ms);

// One round of the idle thread: waits for an interrupt, unless need_resched is set.
void idle_once(void);

// ---- For kernel/sched/thread.c ----

// sched_add() makes a new thread runnable. sched_exit() ends the running thread. sched_join() waits
// until t has exited and is off its stack; false: another thread waits for it already. where: the code
// that waits.
void sched_add(struct thread *t);
__noreturn void sched_exit(void);
bool sched_join(struct thread *t, unsigned long where);
