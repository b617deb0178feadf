// SPDX-License-Identifier: MIT
// The kernel's command line: words "name" or "name=value". Double quotes protect blanks in a value.
#pragma once

#include <lib/types.h>

// The parameters that kmain reads; NULL: not given.
struct kernel_params {
	const char *ktest;      // ktest=GLOB: run these tests and exit
	const char *bench;      // bench=GLOB: run these benchmarks and exit
	const char *crash;      // crash=KIND: crash this way after start-up
	const char *init;       // init=PATH
	const char *timer;      // timer=NAME: which of the machine's timers ticks
	const char *slab_debug; // slab_debug=LETTERS (mm/slab.h)
	bool highmem_off;       // highmem=off: use no RAM above lowmem
	u64 mem;                // mem=SIZE: use no more RAM than this; 0: all
};
extern struct kernel_params kernel_params;

// Splits the line in place and sets each parameter. In names, '-' equals '_'. An unknown word, or a
// malformed value, is reported and ignored.
void cmdline_parse(char *line);
