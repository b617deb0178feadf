// SPDX-License-Identifier: MIT
// 64-bit division without libgcc: no code in the kernel may use / or % on 64-bit numbers.
#pragma once

#include <lib/types.h>

// Returns n / d and stores the remainder. d must not be 0.
u64 div_u64_rem(u64 n, u32 d, u32 *rem);

static inline u64 div_u64(u64 n, u32 d)
{
	u32 rem;

	return div_u64_rem(n, d, &rem);
}
