// SPDX-License-Identifier: MIT
// Mutexes: one thread at a time; the others sleep, and get it in the order of their coming.
//
// A mutex belongs to the thread that locked it. A wrong use is reported with its caller, counted in
// mutex_mistakes, and changes nothing else: an unlock of what another thread has, or nobody; a second
// lock by the owner (undone by one unlock more); any use in an interrupt (without effect); a thread's
// exit with a mutex (which is unlocked). Threads that wait for each other in a circle are a panic.
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
	struct mutex *next_held;   // [o] of its owner
	struct list_head waiters;  // [l] the first to come first
};

#define MUTEX_INIT(m, text)                                            \
	{                                                              \
		.name = (text), .waiters = LIST_HEAD_INIT((m).waiters) \
	}
#define DEFINE_MUTEX(m) struct mutex m = MUTEX_INIT(m, #m)
#define mutex_init(m)   mutex_init_name(m, #m)

// name must live as long as the mutex.
void mutex_init_name(struct mutex *m, const char *name);

// Sleeps while another thread has it. Before the scheduler runs nobody has.
void mutex_lock(struct mutex *m);
// Returns whether it was free; then it is the caller's. Threads only; never sleeps.
__must_check bool mutex_trylock(struct mutex *m);
// Hands the mutex to the thread that waits longest. Never sleeps.
void mutex_unlock(struct mutex *m);

// Any context; the answer may be old.
bool mutex_is_locked(const struct mutex *m);

// Unlocks and reports what a thread still has that ends. For kernel/sched/thread.c.
void mutex_exit_thread(struct thread_info *thread);

// How many wrong uses were reported.
extern unsigned long mutex_mistakes;
