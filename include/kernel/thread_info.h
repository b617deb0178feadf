// SPDX-License-Identifier: MIT
// The part of a thread that the layers below the scheduler know: its name, and the mutexes it holds and wants.
//
// The first member of struct thread (kernel/thread.h), which only layers above mm/ may name.
// Linux: struct thread_info, once at the low end of each stack.
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
	unsigned long sleeps_at;  // [o] the code that waits, while the thread sleeps
	struct mutex *held;       // [o] the mutexes that it owns, the newest first
	struct mutex *wants;      // [o] the mutex that it waits for, or NULL
};

// The running thread, or in an interrupt the interrupted one. Before sched_init(): the start-up code,
// which becomes the first thread.
extern struct thread_info *running_thread;
#define current_thread_info() running_thread

// Whether the address is in the guard page below the thread's stack. Any context.
static inline bool in_stack_guard(const struct thread_info *info, unsigned long va)
{
	return info->stack - va - 1 < PAGE_SIZE;
}

// Number of threads not yet joined, idle included. Each has a stack of THREAD_SIZE.
extern unsigned long nr_threads;
