// SPDX-License-Identifier: MIT
// Symbols from linker/kernel.lds.S. Only their addresses matter.
#pragma once

#include <lib/types.h>

extern char _start[];                         // first byte of the image
extern char _stext[], _etext[];               // code: RX
extern char _etext_kernel[];                  // the code of the monitor and of tests follows
extern char __start_rodata[], __end_rodata[]; // R
extern char _sdata[], _edata[];               // RW, initialised
extern char __bss_start[], __bss_stop[];      // RW, zeroed
// RW; each has an unmapped guard page below it
extern char boot_stack[], boot_stack_top[], irq_stack[], irq_stack_top[], fault_stack[],
	fault_stack_top[];
extern char _end[]; // first byte after the kernel, page aligned

static inline bool is_kernel_text(unsigned long pc)
{
	return pc >= (unsigned long)_stext && pc < (unsigned long)_etext;
}
