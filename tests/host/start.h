// SPDX-License-Identifier: MIT
// What every program of tests/host does first.
#pragma once

// memblock, page tables, zones and slab, in the order of kmain(). Interrupts stay masked.
void host_start_kernel(void);
