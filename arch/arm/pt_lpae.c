// SPDX-License-Identifier: MIT
// The kernel's root table for LPAE.
//
// Rules: also runs with the MMU off.
// Linux: the split of TTBR0 and TTBR1 is arch/arm/mm/proc-v7-3level.S.

#include <arch/pt.h>

// Entry 3 points to the table in TTBR1. The other three are empty after boot, so TTBR0 can point here
// while there is no process.
#define ROOT_ENTRIES 4
pte_t kernel_root[ROOT_ENTRIES] __aligned(ROOT_ENTRIES * sizeof(pte_t));
