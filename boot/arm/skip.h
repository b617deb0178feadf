// SPDX-License-Identifier: MIT
// Skips instructions that trap: a semihosting call without a debugger, a load from an empty address. The
// CPU continues after them.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Between skip_begin() and skip_end(), interrupts are masked, and instructions that trap are skipped.
// Works at either address.
struct skip_state {
	unsigned long flags;
	u32 vectors, control;
};
struct skip_state skip_begin(void);
void skip_end(struct skip_state before);

// Called by the vectors, on the fault stack, for an exception that cannot be skipped: prints one line and
// halts (exit.c).
__noreturn void skip_stuck(void);

// skip_vectors.S
extern char skip_vectors[];
