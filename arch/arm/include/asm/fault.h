// SPDX-License-Identifier: MIT
// Fault status registers in words, shared by the traps, the early exceptions and the tests.
#pragma once

#include <lib/types.h>

#ifdef CONFIG_MMU_SHORT
#include <asm/fault_short.h>
#else
#include <asm/fault_lpae.h>
#endif

#define DFSR_WNR (1 << 11) // a write

// What each status is called in the page-table format at hand; the last one has no words. In the table
// itself, for it is used before there is a page table as well: no pointers.
extern const struct fsr_words {
	u16 status;
	char why[46];
} fsr_words[];

// The status in the manual's words: "translation fault, level 2". Never NULL. At any address.
const char *fsr_why(u32 fsr);

// What kind of fault that is for a reader: "page fault", "alignment fault", "breakpoint", else fsr_why().
const char *fsr_what(u32 fsr);

// Calls addr, which must hold a function without arguments or fault at once.
// Returns 0, or -EFAULT when its first instruction cannot be fetched.
int exec_nofault(unsigned long addr);
