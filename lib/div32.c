// SPDX-License-Identifier: MIT
// 32-bit division for CPUs without a divide instruction.
//
// Rules: no / and no % in this file: the compiler would turn them into calls of this file.
// Linux: arch/arm/lib/lib1funcs.S.

#include <lib/div32.h>
#include <lib/util.h>

// Long division, from the highest bit that the quotient can have.
u32 div_u32_rem(u32 n, u32 d, u32 *rem)
{
	u32 q = 0;

	if (d != 0 && n >= d)
		for (int shift = __builtin_clz(d) - __builtin_clz(n); shift >= 0; shift--)
			if (n >= d << shift) {
				n -= d << shift;
				q |= BIT(shift);
			}
	*rem = n;
	return q;
}

// Computes in unsigned numbers: their negation is always defined.
s32 div_s32_rem(s32 n, s32 d, s32 *rem)
{
	const u32 size = n < 0 ? 0 - (u32)n : (u32)n, by = d < 0 ? 0 - (u32)d : (u32)d;
	u32 r;
	const u32 q = div_u32_rem(size, by, &r);

	*rem = (s32)(n < 0 ? 0 - r : r);
	return (s32)((n < 0) != (d < 0) ? 0 - q : q);
}
