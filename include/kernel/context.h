// SPDX-License-Identifier: MIT
// Whether the running code may sleep.
#pragma once

#include <lib/types.h>

// Set by kmain after the first tick. Until then nothing may sleep, and might_sleep() reports nothing.
extern bool system_running;

// True outside of interrupt handlers, with interrupts enabled and no spinlock held (only debug builds
// know the spinlocks). Any context.
bool can_sleep(void);

// A function that may sleep starts with this. Debug builds report a caller that must not sleep (Linux:
// CONFIG_DEBUG_ATOMIC_SLEEP). Any context.
void __might_sleep(const char *file, int line);
#define might_sleep()                                      \
	do {                                               \
		if (CONFIG_DEBUG)                          \
			__might_sleep(__FILE__, __LINE__); \
	} while (0)
#define might_sleep_if(cond)           \
	do {                           \
		if (cond)              \
			might_sleep(); \
	} while (0)

// Number of such reports.
extern unsigned long might_sleep_reports;
