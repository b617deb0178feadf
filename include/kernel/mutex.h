// SPDX-License-Identifier: MIT
// Mutexes: one thread owns it; the others sleep, and get it in first-come order.
//
// Misuse is reported with its caller and counted in mutex_mistakes:
//   - unlocking a free mutex, or another thread's: no effect
//   - locking again by the owner: needs one more unlock
//   - any use in an interrupt: no effect
//   - a thread that exits with a mutex: it is unlocked
// Threads that wait for each other in a circle are a panic.
// Linux: include/linux/mutex.h, with CONFIG_DEBUG_MUTEXES.
#pragma once

#include <kernel/spinlock.h>
#include <kernel/thread_info.h>
#include <lib/list.h>

// Locks: [I] immutable after creation  [l] lock  [o] the owner
struct mutex {
	struct spinlock lock;
	const char *name;          // [I]
	struct thread_info *owner; // [l] NULL: free
	unsigned long where;       // [l] the code that locked it
	unsigned int again;        // [l] how often the owner locked it once more
	struct mutex *next_held;   // [o] the owner's list of held mutexes
	struct list_head waiters;  // [l] the longest waiting first
};

#define MUTEX_INIT(m, text)                                            \
	{                                                              \
		.name = (text), .waiters = LIST_HEAD_INIT((m).waiters) \
	}
#define DEFINE_MUTEX(m) struct mutex m = MUTEX_INIT(m, #m)
#define mutex_init(m)   mutex_init_name(m, #m)

// name must live as long as the mutex.
void mutex_init_name(struct mutex *m, const char *name);

// Sleeps while another thread owns it. Allowed before the scheduler runs: there is only one thread then.
void mutex_lock(struct mutex *m);
// Returns whether it was free; then the caller owns it. Threads only; never sleeps.
__must_check bool mutex_trylock(struct mutex *m);
// Hands the mutex to the longest-waiting thread, or frees it. Threads only; never sleeps.
void mutex_unlock(struct mutex *m);

// Any context; the answer may be outdated.
bool mutex_is_locked(const struct mutex *m);

// Reports and unlocks the mutexes that an exiting thread still owns. For kernel/sched/thread.c.
void mutex_exit_thread(struct thread_info *thread);

// Number of misuses reported.
extern unsigned long mutex_mistakes;
