// SPDX-License-Identifier: MIT
// What the libFuzzer targets share: the input as a row of small numbers, and a sentence per check.
#pragma once

#include <kernel/panic.h>
#include <lib/types.h>

// Each target: once at the start, then for every input. What an input takes it gives back.
void fuzz_start(void);
void fuzz_one(void);

// Whether there is more; the next bytes as a number (zeros behind the end).
bool fuzz_more(void);
u8 fuzz_u8(void);
u32 fuzz_u32(void);
u64 fuzz_u64(void);
// A number in [0, n).
u32 fuzz_below(u32 n);
// What is left of the input.
const void *fuzz_rest(size_t *size);

// A block of just n bytes, with bytes around it that AddressSanitizer watches.
void *fuzz_alloc(size_t n);
void fuzz_free(void *p);
