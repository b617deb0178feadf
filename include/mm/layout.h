// SPDX-License-Identifier: MIT
// The address space in words: for the boot log, the monitor and the oops.
#pragma once

#include <lib/types.h>

// Prints the "virtual kernel memory layout" table line by line, computed from arch/layout.h and
// from the memory at hand.
void layout_show(void (*line)(const char *text, void *arg), void *arg);

// What lies at this virtual address: ".text", "lowmem", "vmalloc", "guard page below irq stack",
// "user space". Never NULL. Any context.
const char *address_area(unsigned long va);
