// SPDX-License-Identifier: MIT
// Kernel threads.
//
//   struct thread *t = thread_create(fn, arg, THREAD_PRIORITY, "worker");
//   if (IS_ERR(t))
//           return PTR_ERR(t);
//   ...
//   err = thread_join(t, &code);
//
// Each has a stack of THREAD_SIZE with an unmapped page below it. Every thread must be joined: its
// stack is freed then.
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
#define THREAD_PRIORITY     16 // of the first thread, and of who has no reason for another
#define THREAD_IDLE         (-1)

enum thread_state { TASK_RUNNING, TASK_UNINTERRUPTIBLE, TASK_DEAD };

// Locks: [I] immutable after creation  [s] the scheduler's  [t] the lock of the list of threads
// [o] the thread itself
struct thread {
	struct thread_info info;       // first: running_thread is both
	struct thread_context context; // [s]
	enum thread_state state;       // [s]
	int priority;                  // [I] THREAD_IDLE: runs when nobody can
	int slice;                     // [s] ticks until the next of its priority runs
	unsigned long ticks;           // [s] that found it running
	struct list_head queue;        // [s] of its priority, while it could run but does not
	struct thread *joiner;         // [s] who waits for its end
	struct list_head all;          // [t]
	int (*fn)(void *arg);          // [I]
	void *arg;                     // [I]
	int exit_code;                 // [o]
	struct kmap_ctrl kmap;         // [s] what it had mapped when it last stopped running
};

// Starts fn(arg) as a thread; it runs as soon as its priority lets it, not before the caller sleeps or
// yields. name is copied, and cut. Returns the thread, or ERR_PTR: -EINVAL (a priority that is none,
// no function, no name), -ENOMEM. May sleep.
__must_check struct thread *thread_create(int (*fn)(void *arg), void *arg, int priority,
					  const char *name);

// Ends the running thread, as a return from its function does; the joiner gets the code. A mutex that
// it still has is unlocked, and that reported. The first thread and idle must not end (BUG).
__noreturn void thread_exit(int code);

// Waits until the thread has ended, and frees it; the pointer is nobody's from then on. code may be
// NULL. Returns 0, -ESRCH (no such thread, or joined already), -EDEADLK (the caller itself),
// -EINVAL (another thread waits for its end already, or it never ends: the first, idle). Sleeps.
__must_check int thread_join(struct thread *t, int *code);

// The next thread gets the number behind this one (0-32767), or the first that is free of those that
// follow: Linux's ns_last_pid. For tests. Any context but interrupts.
void thread_set_last_pid(int pid);

// A line for each thread, with a head line: PID, priority, state (R runs or could, D sleeps, Z has
// ended), ticks of running, the most stack it has used (debug builds), name, where it sleeps.
// line() must not sleep: the list is walked without its lock, as no thread is preempted.
void threads_show(void (*line)(const char *text, void *arg), void *arg);

// As sched_ops->report: each thread that sleeps, with its callers, as an emergency. Any context.
void threads_report(void);

// ---- For kernel/sched/sched.c ----

// Enters a thread that was made without thread_create(): the first one, and idle.
void thread_init(struct thread *t, int pid, int priority, const char *name, void *stack);

// ---- Stacks (kernel/sched/thread_stack.c) ----

// THREAD_SIZE bytes with a page below that is not mapped, in debug builds zeroed; NULL: no memory.
// May sleep.
void *thread_stack_alloc(void);
void thread_stack_free(void *stack);
// How many bytes from its end a stack was ever used, as far as a word that is not zero tells.
unsigned long thread_stack_used(const void *stack);
