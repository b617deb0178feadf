// SPDX-License-Identifier: MIT
// One page in words, for the monitor.
#pragma once

#include <mm/page.h>

// What the struct page of this frame says; that there is none, or that nobody has filled it in yet.
// Any context.
void page_show(pfn_t pfn, void (*line)(const char *text, void *arg), void *arg);

// Who took and who freed the block, and in a slab the object, at this linear-map address. Only
// debug builds know: a release build says so. Any context.
void owner_show(unsigned long va, void (*line)(const char *text, void *arg), void *arg);
