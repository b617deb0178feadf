// SPDX-License-Identifier: MIT
// 32-bit division by shift and subtract, for CPUs without a divide instruction. Code just uses /: the
// compiler calls this where needed.
#pragma once

#include <lib/types.h>

// Returns n / d and stores the remainder. Rounds towards 0; the remainder has n's sign. d = 0: returns 0,
// remainder n. The smallest number divided by -1 is itself. CPUs that can divide do the same.
u32 div_u32_rem(u32 n, u32 d, u32 *rem);
s32 div_s32_rem(s32 n, s32 d, s32 *rem);
