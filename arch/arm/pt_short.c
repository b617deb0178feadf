// SPDX-License-Identifier: MIT
// The kernel's root table for short descriptors.
//
// Rules: also runs with the MMU off.
// Linux: arch/arm/mm/proc-v7-2level.S.

#include <arch/pt.h>

#define ROOT_ENTRIES 4096
pte_t kernel_root[ROOT_ENTRIES] __aligned(ROOT_ENTRIES * sizeof(pte_t));

// Initialised with true, so it is in .data: clearing .bss must not undo what boot has found out.
bool pt_has_pxn = true;
