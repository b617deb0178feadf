// SPDX-License-Identifier: MIT
// The common part of boot on all architectures: the check for RAM, the kernel's first page tables.
#pragma once

// Boot writes this to the last word of the image; if it does not read back, RAM is missing.
#define EARLY_RAM_PATTERN 0x8965a5a5

#ifndef __ASSEMBLER__
#include <arch/pt.h>
#include <lib/types.h>

// The message for that.
#define EARLY_NO_RAM "boot: RAM ends inside of the kernel: it needs at least 8 MB\n"

// Clears .bss and maps the image as kernel_image_map says. Also maps the pages [_head_start, _head_end),
// executable, at their physical address: the code there turns paging on, and off again to report an early
// exception, so it needs both addresses. Call with the MMU off, at the physical address, on a stack
// outside of .bss. Returns the physical address of kernel_root. Stops with a message if the pool of page
// tables is too small.
phys_addr_t early_map_kernel(unsigned long phys_offset);

// Makes __va() and __pa() work. MMU on, at the virtual address.
void early_finish(unsigned long phys_offset);

// The arch's polled output without a console, at either address (boot/<arch>).
void early_puts(const char *s);
// Ends the machine with EXIT_PANIC, at either address.
__noreturn void early_stop(void);
#endif
