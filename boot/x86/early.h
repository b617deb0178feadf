// SPDX-License-Identifier: MIT
// The code that runs before paging on a PC, besides boot/early.h. It works at either address.
#pragma once

#include <boot/early.h>

void early_put_hex(u32 val);

// Called by head.S, on a stack in low memory, if RAM ends inside the kernel: a message, then the end.
__noreturn void early_no_ram(void);

// Called by head.S with paging off, before any code for CPUs newer than an 80386: sets up the UART. If
// the CPU lacks what the kernel's code needs, prints one line and ends the machine.
void early_cpu_check(void);
// Called by head.S with paging off. tsc: the counter at the entry. Returns the physical address of
// the root table.
phys_addr_t x86_early(u32 magic, u32 info, u64 tsc);
// At the virtual address, paging on.
__noreturn void x86_boot(void);
