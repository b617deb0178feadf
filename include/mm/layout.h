// SPDX-License-Identifier: MIT
// Describes the address space in words: for the boot log, the monitor and the oops.
#pragma once

#include <lib/types.h>

// Prints the "virtual kernel memory layout" table, computed from arch/layout.h and the installed
// memory.
void layout_show(void (*line)(const char *text, void *arg), void *arg);

// The name of the area of this address: ".text", "lowmem", "vmalloc", "guard page below the irq stack",
// "user space". Never NULL. Any context.
const char *address_area(unsigned long va);

// The area and, where its owner knows it, what is or was at the address: "vmalloc: guard page after the
// 8192 bytes that X allocated". Any context.
#define ADDRESS_WORDS 240 // room for any description
void address_describe(unsigned long va, char *buf, size_t size);

// Describes va if it is ZERO_SIZE_PTR, or so few bytes above it that it is probably a use of it.
// Returns the length; 0: neither. Any context. (mm/slab/kmalloc.c)
#define ZERO_SIZE_NEAR 16 // tunable
int zero_size_describe(unsigned long va, char *buf, size_t size);

// Prints everything known about an address: its kind (user virtual, kernel logical, kernel virtual),
// its area, and the frame and rights in the kernel's page tables. Any context.
void address_explain(unsigned long va, void (*line)(const char *text, void *arg), void *arg);
