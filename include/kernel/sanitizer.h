// SPDX-License-Identifier: MIT
// Reports of the sanitizers (SAN=kasan, SAN=ubsan): each ends the machine, but for those that a test
// expects.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

extern struct sanitizer {
	unsigned long reports; // so far
	unsigned int expected; // so many more do not end the machine
	bool reporting;        // what a report itself does is not reported
} sanitizer;

// Starts a report. False: one is being written. Any context.
__must_check bool sanitizer_begin(void);
// Prints the callers; then panics with what the report says, unless a test expected it.
__printf(1, 2) void sanitizer_end(const char *fmt, ...);
