// SPDX-License-Identifier: MIT
// What the running code may do: sleep or not.
#pragma once

#include <lib/types.h>

// Set by kmain when interrupts are on: before that, everything runs masked and nothing sleeps.
extern bool system_running;

// Whether the code may wait: no interrupt handler, interrupts not masked, and (seen in
// debug builds) no spinlock held.
bool can_sleep(void);

// Reports that the function may sleep but was called where that is forbidden (debug builds; Linux:
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

// How often that was reported.
extern unsigned long might_sleep_reports;
