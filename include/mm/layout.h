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

// The same, with what is or was at the address, where the area's owner knows: "vmalloc: guard page
// after the 8192 bytes that X allocated". Any context.
#define ADDRESS_WORDS 240 // room for any description
void address_describe(unsigned long va, char *buf, size_t size);

// Says in words that va is ZERO_SIZE_PTR, or lies so few bytes after it that it is a likely use of it.
// Returns the length; 0: it is neither. Any context. (mm/slab/kmalloc.c)
#define ZERO_SIZE_NEAR 16 // tunable
int zero_size_describe(unsigned long va, char *buf, size_t size);

// Everything that is known of an address, line by line: what kind it is (user virtual, kernel
// logical, kernel virtual), its area, and the frame and rights that the kernel's page tables give it.
// Any context.
void address_explain(unsigned long va, void (*line)(const char *text, void *arg), void *arg);
