// SPDX-License-Identifier: MIT
// For tests of memory: what was free at the start is free at the end, block by block.
#pragma once

#include <mm/gfp.h>

// Notes every free block of every zone; what the per-CPU lists hold is given back first.
void free_state_begin(void);

// Fails the running test for each zone that differs from the start; then recounts everything.
void free_state_end(void);

// Blocks of one order that are free in a zone, those that start-up left alone included.
unsigned long free_blocks(const struct zone *zone, unsigned int order);

// From stop to restart the per-CPU lists stay empty: every page comes from the free lists, and goes
// straight back, so that exact states can be told. Do not nest.
void pcp_stop(void);
void pcp_restart(void);

// From stop to restart no zone keeps anything back, and can be emptied to the last page. Do not nest.
void reserves_stop(void);
void reserves_restart(void);
