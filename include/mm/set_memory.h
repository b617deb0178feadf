// SPDX-License-Identifier: MIT
// Changes the rights of pages in the linear map, like Linux's set_memory_*().
//
// A large page that is only partly in the range is split into single pages; when all of these have the
// same rights again, they are merged. DirectMap4k and the like in meminfo show it.
#pragma once

#include <lib/compiler.h>

// Makes numpages pages from addr read-only, or read-write. When the call returns, this holds for all
// CPUs and all roots. Returns 0, -ENOMEM (no table for a split: some pages may have changed), or
// -EINVAL, reported with the caller: addr is not page aligned, or the range is not entirely lowmem RAM
// outside the kernel's image. Not in interrupts.
__must_check int set_memory_ro(unsigned long addr, int numpages);
__must_check int set_memory_rw(unsigned long addr, int numpages);

// Calls with a wrong range so far.
extern unsigned long set_memory_mistakes;
