// SPDX-License-Identifier: MIT
// The end: a kernel mistake is never unseen.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Prints the message and the callers, then leaves the machine with EXIT_PANIC
// (or stops there for a debugger, with panic=halt). Any context.
__printf(1, 2) __noreturn void panic(const char *fmt, ...);

// panic=halt: stop for a debugger instead of leaving the machine.
extern bool panic_halts;

// Ends the machine as panic= says, after everything was printed. For panic() and oops().
__noreturn void panic_stop(void);

// A sentence that must not be true: BUG_ON(x) reports the expression, file, line and callers.
#define BUG_ON(cond)                                              \
	do {                                                      \
		if (unlikely(cond))                               \
			bug(__FILE__, __LINE__, __func__, #cond); \
	} while (0)
#define BUG() bug(__FILE__, __LINE__, __func__, "reached")
__noreturn void bug(const char *file, int line, const char *func, const char *cond);

// As BUG_ON, but goes on; its value is the condition. Prints file, line and callers.
#define WARN_ON(cond)                                              \
	({                                                         \
		bool warn_cond = (cond);                           \
		if (unlikely(warn_cond))                           \
			warn(__FILE__, __LINE__, __func__, #cond); \
		warn_cond;                                         \
	})
void warn(const char *file, int line, const char *func, const char *cond);
