// SPDX-License-Identifier: MIT
// Panic, BUG and WARN: how the kernel reports its own bugs.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Prints the message and the call trace, then ends the machine with EXIT_PANIC (with panic=halt: halts
// for a debugger). Any context.
__printf(1, 2) __noreturn void panic(const char *fmt, ...);

// panic=halt: halt for a debugger instead of ending the machine.
extern bool panic_halts;

// Ends the machine as panic= says. For panic() and oops(), after they have printed everything.
__noreturn void panic_stop(void);

// BUG_ON(cond): cond must be false; else panics with the expression, file, line and callers.
#define BUG_ON(cond)                                              \
	do {                                                      \
		if (unlikely(cond))                               \
			bug(__FILE__, __LINE__, __func__, #cond); \
	} while (0)
#define BUG() bug(__FILE__, __LINE__, __func__, "reached")
__noreturn void bug(const char *file, int line, const char *func, const char *cond);

// Like BUG_ON, but goes on after printing. Its value is the condition.
#define WARN_ON(cond)                                              \
	({                                                         \
		bool warn_cond = (cond);                           \
		if (unlikely(warn_cond))                           \
			warn(__FILE__, __LINE__, __func__, #cond); \
		warn_cond;                                         \
	})
void warn(const char *file, int line, const char *func, const char *cond);
