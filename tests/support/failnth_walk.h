// SPDX-License-Identifier: MIT
// For tests of failing allocations: an operation is run with its first one failing, then its second, and so
// on to the end.
#pragma once

#include <lib/types.h>

// No operation of these allocates so often: the walk goes wrong.
#define NTH_MAX 200

// Fails each allocation of the operation, which gives back all it took, and returns whether it
// succeeded. Returns how many allocations there are. Without one of them the operation must fail at
// least `must_fail` times; each time everything is where it was, or the running test fails.
unsigned int failnth_walk(bool (*operation)(void), unsigned int must_fail);

// One step of a walk of one's own: the operation with its n-th allocation failing. Returns whether it
// succeeded. *failed: whether there was an n-th allocation.
bool failnth_run(bool (*operation)(void), unsigned int n, bool *failed);

// Gives back the empty slabs of kmalloc's caches.
void failnth_shrink(void);
