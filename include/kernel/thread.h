// SPDX-License-Identifier: MIT
// Kernel threads.
//
//   struct thread *t = thread_create(fn, arg, THREAD_PRIORITY, "worker");
//   if (IS_ERR(t))
//           return PTR_ERR(t);
//   ...
//   err = thread_join(t, &code);
//
// Each thread has a stack of THREAD_SIZE with a guard page below it. Every thread must be joined:
// thread_join() frees it and its stack.
// Linux: include/linux/kthread.h; thread_join() is kthread_stop() without the asking.
#pragma once

#include <arch/thread.h>
#include <kernel/thread_info.h>
#include <lib/compiler.h>
#include <lib/err.h>
#include <lib/list.h>
#include <mm/highmem.h>

// 31 runs before 30, and so on.
#define THREAD_PRIORITIES   32
#define THREAD_PRIORITY_MAX (THREAD_PRIORITIES - 1)
#define THREAD_PRIORITY     16 // the default; also the first thread's
#define THREAD_IDLE         (-1)

enum thread_state { TASK_RUNNING, TASK_UNINTERRUPTIBLE, TASK_DEAD };

// Locks: [I] immutable after creation  [s] sched.lock  [t] threads.lock  [o] the thread itself
struct thread {
	struct thread_info info;       // first: running_thread is both
	struct thread_context context; // [s]
	enum thread_state state;       // [s]
	int priority;                  // [I] THREAD_IDLE: runs when no other thread can
	int slice;                     // [s] ticks left of its time slice
	unsigned long ticks;           // [s] number of ticks that found it running
	struct list_head queue; // [s] in its priority's queue, while runnable but not running
	struct thread *joiner;  // [s] the thread that waits in thread_join()
	struct list_head all;   // [t]
	int (*fn)(void *arg);   // [I]
	void *arg;              // [I]
	int exit_code;          // [o]
	struct kmap_ctrl kmap;  // [s] its kmap_local mappings while it does not run
};

// Creates a thread that runs fn(arg). It starts when the scheduler chooses it, not before the caller
// sleeps, yields or calls cond_resched(). name is copied, and cut if too long. Returns the thread, or
// ERR_PTR: -EINVAL (bad priority, no function, no name), -ENOMEM. May sleep.
__must_check struct thread *thread_create(int (*fn)(void *arg), void *arg, int priority,
					  const char *name);

// Ends the running thread, like a return from its function; thread_join() gets the code. Mutexes that it
// still owns are reported and unlocked. Panics for the first thread and idle.
__noreturn void thread_exit(int code);

// Waits until the thread has exited, and frees it; the pointer is invalid afterwards. code may be NULL.
// Returns 0, -ESRCH (no such thread, or joined already), -EDEADLK (the caller itself), -EINVAL (another
// thread joins it, or it never exits: the first thread, idle). Sleeps.
__must_check int thread_join(struct thread *t, int *code);

// The next thread gets the first free PID after this one (0-32767): Linux's ns_last_pid. For tests. Not
// in interrupts.
void thread_set_last_pid(int pid);

// A head line, then a line for each thread: PID, priority, state (R runnable, D sleeping, Z exited),
// ticks of running, the most stack used (debug builds), name, the code that sleeps. line() must not
// sleep: the list is walked without its lock, because no thread is preempted.
void threads_show(void (*line)(const char *text, void *arg), void *arg);

// For sched_ops->report: logs all threads, and the call trace of each that sleeps, at level KERN_EMERG
// (the trace: KERN_ERR). Any context.
void threads_report(void);

// ---- For kernel/sched/sched.c ----

// Adds a thread to the list that thread_create() did not allocate: the first one, and idle.
void thread_init(struct thread *t, int pid, int priority, const char *name, void *stack);

// ---- Stacks (kernel/sched/thread_stack.c) ----

// THREAD_SIZE bytes with a guard page below, zeroed in debug builds. Returns NULL without memory.
// May sleep.
void *thread_stack_alloc(void);
void thread_stack_free(void *stack);
// The most bytes of the stack ever used: from its lowest word that is not zero (debug builds).
unsigned long thread_stack_used(const void *stack);
