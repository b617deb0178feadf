// SPDX-License-Identifier: MIT
// The integer types of the kernel, and the typedefs for numbers that must not mix.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Spelt out, because <stdint.h> makes uint32_t a long for one of our compilers and an int for the
// other, and printf's formats would differ.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

// A physical address: 64 bits where the page-table format reaches beyond 4 GB.
#if CONFIG_PHYS_64BIT
typedef u64 phys_addr_t;
#else
typedef u32 phys_addr_t;
#endif

// A page frame number: a physical address >> PAGE_SHIFT.
typedef unsigned long pfn_t;
