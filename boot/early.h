// SPDX-License-Identifier: MIT
// What every architecture's boot does alike: a look whether there is RAM, the kernel's first page tables.
#pragma once

// The last word of .bss must keep this.
#define EARLY_RAM_PATTERN 0x8965a5a5

#ifndef __ASSEMBLER__
#include <arch/pt.h>
#include <lib/types.h>

// What is said when it does not.
#define EARLY_NO_RAM "boot: RAM ends inside of the kernel: it needs at least 8 MB\n"

// MMU off, at the physical address, on a stack outside of .bss: clears it, maps the image by
// kernel_image_map, and the pages [_head_start, _head_end) at their physical address too, executable,
// so that the instruction that turns paging on has a next one, and so has the one that turns it off for
// the report of an early exception. Returns the physical address of
// kernel_root. Stops with a message through early_puts() when the tables do not suffice.
phys_addr_t early_map_kernel(unsigned long phys_offset);

// MMU on, at the virtual address: from here on __va() and __pa() are real.
void early_finish(unsigned long phys_offset);

// The arch's polled output without a console, at either address (boot/<arch>).
void early_puts(const char *s);
// Ends the machine with EXIT_PANIC, at either address.
__noreturn void early_stop(void);
#endif
