// SPDX-License-Identifier: MIT
// For tests of the buddy allocator: a zone of the test's own, which gets one 4 MB block of the machine's
// memory. Nobody else takes from it, so every list is known exactly. Its pages say that they belong to
// their real zone, which the buddy's functions do not ask.
#pragma once

#include <mm/gfp.h>

extern struct zone own;
extern struct page *ground; // the first block of own

// free_state_begin(), and the block. False: the machine has no 4 MB in one piece.
bool own_begin(void);
// The block is whole again, and goes back; free_state_end().
void own_end(void);

struct page *own_take(unsigned int order);
void own_give(struct page *page, unsigned int order);

// The first block of a list, counted in pages from the start of ground.
long own_first(unsigned int order);

// Fails the running test unless each list has so many blocks: a digit for each order from 0 on.
void expect_lists(const char *digits);

#define WHOLE "00000000001"
#define EMPTY "00000000000"
