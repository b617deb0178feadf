// SPDX-License-Identifier: MIT
// One page in words, for the monitor.
#pragma once

#include <mm/page.h>

// Zone and address of this frame, and what its struct page says; or that there is none, or that nothing
// has filled it in yet. Any context.
void page_show(pfn_t pfn, void (*line)(const char *text, void *arg), void *arg);

// Why nothing can be said of the use of this frame: it is not RAM, or its block was never touched. NULL:
// its struct page says more. Any context.
const char *frame_unused(pfn_t pfn);

// Who took and who freed the block, and in a slab the object, at this linear-map address. Only
// debug builds know: a release build says so. Any context.
void owner_show(unsigned long va, void (*line)(const char *text, void *arg), void *arg);
