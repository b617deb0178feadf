// SPDX-License-Identifier: MIT
// Rights of pages of the linear map, as Linux's set_memory_*() change them.
//
// A large page that is only partly concerned is split into single ones; when all of them have the same
// rights again, they become a large page again. DirectMap4k and its like in meminfo show it.
#pragma once

#include <lib/compiler.h>

// The pages from addr on can only be read; or read and written. Other CPUs and other roots see it too
// when the call returns. Returns 0, -ENOMEM (no table for a split: some pages may have changed), or
// -EINVAL, reported with the caller: addr is no start of a page, or the range is not all lowmem beside
// the kernel's image. Any context but an interrupt.
__must_check int set_memory_ro(unsigned long addr, int numpages);
__must_check int set_memory_rw(unsigned long addr, int numpages);

// Calls with a wrong range so far.
extern unsigned long set_memory_mistakes;
