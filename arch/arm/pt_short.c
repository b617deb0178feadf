// SPDX-License-Identifier: MIT
// The geometry of short descriptors.
//
// Rules: runs with the MMU off too.
// Linux: arch/arm/mm/proc-v7-2level.S.

#include <arch/pt.h>

#define ROOT_ENTRIES 4096
pte_t kernel_root[ROOT_ENTRIES] __aligned(ROOT_ENTRIES * sizeof(pte_t));

// Not zero at the start: so it lies in .data, and clearing .bss does not undo what boot found out.
bool pt_has_pxn = true;
