// SPDX-License-Identifier: MIT
// 32-bit division by shifting and subtracting, for CPUs without an instruction for it. Code just writes /:
// the compiler calls this where it must.
#pragma once

#include <lib/types.h>

// Returns n / d and stores the remainder; rounds towards 0, the remainder has n's sign. By 0: the quotient
// is 0 and the remainder n. The smallest number by -1 is itself. So do CPUs that can divide.
u32 div_u32_rem(u32 n, u32 d, u32 *rem);
s32 div_s32_rem(s32 n, s32 d, s32 *rem);
