// SPDX-License-Identifier: MIT
// The kernel's command line: words "name" or "name=value", value in double quotes if it has blanks.
#pragma once

#include <lib/types.h>

// What kmain asks for; NULL: not given.
struct kernel_params {
	const char *ktest;      // ktest=GLOB: run these tests and leave
	const char *bench;      // bench=GLOB: run these benchmarks and leave
	const char *crash;      // crash=KIND: crash so after start-up
	const char *init;       // init=PATH
	const char *timer;      // timer=NAME: which of the machine's timers ticks
	const char *slab_debug; // slab_debug=LETTERS (mm/slab.h)
	bool highmem_off;       // highmem=off: use no RAM above lowmem
	u64 mem;                // mem=SIZE: use no more RAM than this; 0: all
};
extern struct kernel_params kernel_params;

// Takes the line apart (in place) and acts on each word. In names, '-' and '_' are alike. A word that is not known, or whose value
// is malformed, is reported and ignored.
void cmdline_parse(char *line);
