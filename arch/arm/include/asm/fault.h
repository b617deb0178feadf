// SPDX-License-Identifier: MIT
// Fault status registers in words, for trap.c, the early exceptions and the tests.
#pragma once

#include <lib/types.h>

#ifdef CONFIG_MMU_SHORT
#include <asm/fault_short.h>
#else
#include <asm/fault_lpae.h>
#endif

#define DFSR_WNR (1 << 11) // a write

// The text for each status of this page-table format; an empty text ends the table. Arrays instead of
// pointers, because it is also used before there is a page table.
extern const struct fsr_words {
	u16 status;
	char why[46];
} fsr_words[];

// The status in the manual's words: "translation fault, level 2". Never NULL. Also works with the MMU off.
const char *fsr_why(u32 fsr);

// The kind of fault: "page fault", "alignment fault", "breakpoint", else fsr_why().
const char *fsr_what(u32 fsr);

// Calls the function at addr, without arguments. Returns 0, or -EFAULT: it cannot be executed.
int exec_nofault(unsigned long addr);
