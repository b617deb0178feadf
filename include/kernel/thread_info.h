// SPDX-License-Identifier: MIT
// What the layers below the scheduler know of a thread: who it is, and what it holds and waits for.
//
// The first member of struct thread (kernel/thread.h), which only layers above mm/ may name.
// Linux: struct thread_info, which lay at the end of each stack.
#pragma once

#include <arch/layout.h>
#include <lib/types.h>

#define TASK_COMM_LEN 16 // with the NUL, as in Linux

struct mutex;

// Locks: [I] immutable after creation  [o] the thread itself
struct thread_info {
	int pid;                  // [I] 0: idle
	char comm[TASK_COMM_LEN]; // [I] its name
	unsigned long stack;      // [I] lowest address; the page below it is not mapped
	unsigned long sleeps_at;  // [o] the code that waits, while it does
	struct mutex *held;       // [o] mutexes that it has, the newest first
	struct mutex *wants;      // [o] the mutex that it waits for
};

// Who runs; in an interrupt: who was interrupted. Before there are threads: the one that starts up.
extern struct thread_info *running_thread;
#define current_thread_info() running_thread

// Whether the address lies in the page below the thread's stack. Any context.
static inline bool in_stack_guard(const struct thread_info *info, unsigned long va)
{
	return info->stack - va - 1 < PAGE_SIZE;
}

// All threads that have not been joined, idle included: each has a stack of THREAD_SIZE.
extern unsigned long nr_threads;
