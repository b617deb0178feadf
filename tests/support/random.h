// SPDX-License-Identifier: MIT
// For tests that try whatever comes: numbers without a pattern, the same ones on every run.
#pragma once

#include <lib/types.h>

// Marsaglia, "Xorshift RNGs", 2003. The state is not 0, and never becomes so.
static inline u32 random_u32(u32 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static inline u32 random_below(u32 *state, u32 n)
{
	return (u32)((u64)random_u32(state) * n >> 32);
}
