// SPDX-License-Identifier: MIT
// Failing allocations on purpose (Linux: lib/fault-inject.c).
//
//   failslab=INTERVAL,PROBABILITY,SPACE,TIMES      slab and kmalloc
//   fail_page_alloc=INTERVAL,PROBABILITY,SPACE,TIMES
//   fail_nth=N       the N-th allocation of start-up, memblock's included
//
// fail-nth: only the n-th allocation from now fails, slab or page. While any of these is active, the
// per-CPU lists stay empty, so that every allocation takes the slow path and is checked there. The
// common paths have no check and so no cost.
#pragma once

#include <lib/types.h>

struct fault_attr {
	u32 interval;    // fail every interval-th candidate
	u32 probability; // percent; 0: off
	u32 space;       // this many succeed first
	s32 times;       // at most this many failures; -1: no limit
	u32 count;       // candidates so far
};
extern struct fault_attr failslab, fail_page_alloc;

// Parses "interval,probability,space,times". Returns 0 or -EINVAL.
int fault_attr_parse(struct fault_attr *attr, const char *text);

// Makes the n-th allocation from now fail, once. 0: none fails.
void fail_nth(unsigned int n);
// Whether the armed failure has happened; the number of allocations since it was armed.
bool fail_nth_done(void);
unsigned int fail_nth_count(void);

// fail_nth=N: like fail_nth(n), and the failure is logged. fail_nth_boot_end() disarms it at the end of
// start-up, and logs if there were fewer than N allocations.
void fail_nth_boot(unsigned int n);
void fail_nth_boot_end(void);

// Whether any of these is active.
bool fault_injection_active(void);

// The allocators' slow paths call these. Any context.
bool should_failslab(u32 gfp);
bool should_fail_page_alloc(u32 gfp);
// memblock calls this: only fail_nth= applies there.
bool should_fail_memblock(const char *name);
