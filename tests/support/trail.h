// SPDX-License-Identifier: MIT
// For tests with threads: starting and joining them, and the letters that they leave on their way.
#pragma once

#include <kernel/sched.h>

// A thread of the usual priority; one of any, whose argument and name is a letter. That there is none
// fails the running test.
struct thread *start(int (*fn)(void *arg), void *arg);
struct thread *start_letter(int (*fn)(void *arg), const char *letter, int priority);
void join(struct thread *t);

// The letters since the begin, in the order of their coming.
extern char trail[64];
void trail_begin(void);
void trail_mark(char letter);
