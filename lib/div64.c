// SPDX-License-Identifier: MIT
// 64-bit by 32-bit division with 32-bit operations: the compilers would call libgcc.
//
// Linux: lib/math/div64.c.

#include <lib/div64.h>

#define WORD_BITS 32

u64 div_u64_rem(u64 n, u32 d, u32 *rem)
{
	u32 high = (u32)(n >> WORD_BITS), low = (u32)n;
	u32 q_high, q_low = 0, r;

	if (high == 0) {
		*rem = low % d;
		return low / d;
	}
	// Long division: the high word in one step, then the low word bit by bit. r < d always holds, so
	// twice r may need one bit more than a word: `carry`.
	q_high = high / d;
	r = high % d;
	for (int i = 0; i < WORD_BITS; i++) {
		bool carry = r >> (WORD_BITS - 1);

		r = r << 1 | low >> (WORD_BITS - 1);
		low <<= 1;
		q_low <<= 1;
		if (carry || r >= d) {
			r -= d;
			q_low |= 1;
		}
	}
	*rem = r;
	return (u64)q_high << WORD_BITS | q_low;
}
