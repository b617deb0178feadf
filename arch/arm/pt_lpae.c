// SPDX-License-Identifier: MIT
// LPAE's geometry.
//
// Rules: runs with the MMU off too.
// Linux: the split of TTBR0 and TTBR1 is arch/arm/mm/proc-v7-3level.S.

#include <arch/pt.h>

// Entry 3 points to the table in TTBR1; the other three are empty once boot is over, so that TTBR0
// can point here while there is no process.
#define ROOT_ENTRIES 4
pte_t kernel_root[ROOT_ENTRIES] __aligned(ROOT_ENTRIES * sizeof(pte_t));
