// SPDX-License-Identifier: MIT
// Finds the callers that allocated what a test did not free.
#pragma once

#include <lib/types.h>

// Debug builds stamp every allocated page and object with this number. The leak check increments it before
// each test.
extern u16 alloc_mark;

// Prints what was allocated since alloc_mark changed and is still in use, with its call site: one line
// each, at most eight. Not in interrupts.
void leak_owners_show(void (*line)(const char *text, void *arg), void *arg);
