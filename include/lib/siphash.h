// SPDX-License-Identifier: MIT
// SipHash-2-4: a short keyed hash that does not reveal its key (Aumasson and Bernstein 2012).
#pragma once

#include <lib/types.h>

// The 16 bytes of the key are key[0]..key[3], each least significant byte first. Any context.
u64 siphash(const void *data, size_t n, const u32 key[4]);
