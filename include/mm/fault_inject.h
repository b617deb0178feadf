// SPDX-License-Identifier: MIT
// Failing allocations on purpose (Linux: lib/fault-inject.c).
//
//   failslab=INTERVAL,PROBABILITY,SPACE,TIMES      slab and kmalloc
//   fail_page_alloc=INTERVAL,PROBABILITY,SPACE,TIMES
//   fail_nth=N       the N-th allocation of start-up, memblock's included
//
// fail-nth: fail just the n-th allocation from now on, slab or page. While any of these is on, nothing
// is kept in per-CPU lists, so that every allocation comes by the slow paths, which ask here; the
// common paths pay nothing.
#pragma once

#include <lib/types.h>

struct fault_attr {
	u32 interval;    // fail every interval-th candidate
	u32 probability; // percent; 0: off
	u32 space;       // let this many pass first
	s32 times;       // at most so many failures; -1: no limit
	u32 count;       // candidates so far
};
extern struct fault_attr failslab, fail_page_alloc;

// Parses "interval,probability,space,times". Returns 0 or -EINVAL.
int fault_attr_parse(struct fault_attr *attr, const char *text);

// From now on: the n-th allocation fails, once. 0: none does.
void fail_nth(unsigned int n);
// Whether the armed failure has happened; how many allocations there were since it was armed.
bool fail_nth_done(void);
unsigned int fail_nth_count(void);

// fail_nth=N: as fail_nth(n), and the failure is logged. Start-up ends it, and logs it where there
// were fewer than N allocations.
void fail_nth_boot(unsigned int n);
void fail_nth_boot_end(void);

// Whether anything is switched on.
bool fault_injection_active(void);

// Asked by the allocators' slow paths. Any context.
bool should_failslab(u32 gfp);
bool should_fail_page_alloc(u32 gfp);
// Asked by memblock: only fail_nth= counts there.
bool should_fail_memblock(const char *name);
