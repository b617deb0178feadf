// SPDX-License-Identifier: MIT
// Reports of the sanitizers (SAN=kasan, SAN=ubsan): a report ends the machine, unless a test expects it.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

extern struct sanitizer {
	unsigned long reports; // so far
	unsigned int expected; // this many more do not end the machine
	bool reporting;        // a report is being written: its own accesses are not reported
} sanitizer;

// Starts a report. False: a report is already being written. Any context.
__must_check bool sanitizer_begin(void);
// Ends a report: panics with this text, or only prints the callers if a test expected it.
__printf(1, 2) void sanitizer_end(const char *fmt, ...);
