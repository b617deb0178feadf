// SPDX-License-Identifier: MIT
// Instructions that may trap: a semihosting call that nobody answers, a load from where nothing is. The
// CPU goes on behind them.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Between the two, interrupts are masked, and what traps is skipped. At either address.
struct skip_state {
	unsigned long flags;
	u32 vectors, control;
};
struct skip_state skip_begin(void);
void skip_end(struct skip_state before);

// Called by the vectors on the fault stack, for what cannot be skipped: one line, then the end (exit.c).
__noreturn void skip_stuck(void);

// skip_vectors.S
extern char skip_vectors[];
