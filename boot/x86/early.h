// SPDX-License-Identifier: MIT
// What runs before paging on a PC, beside boot/early.h. All of it works at either address.
#pragma once

#include <boot/early.h>

void early_put_hex(u32 val);

// Called by head.S, on a stack in low memory, when RAM ends before the kernel does: says so, and ends.
__noreturn void early_no_ram(void);

// Called by head.S with paging off, before any code for newer CPUs than an 80386 runs: sets up the
// UART; a CPU that lacks what the kernel's code needs gets one line, and the machine ends.
void early_cpu_check(void);
// Called by head.S: with paging off; tsc: the counter at the entry. Returns the physical address of
// the root table.
phys_addr_t x86_early(u32 magic, u32 info, u64 tsc);
// At the virtual address, paging on.
__noreturn void x86_boot(void);
