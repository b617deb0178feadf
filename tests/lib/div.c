// SPDX-License-Identifier: MIT
// Division, where the CPU or the compiler has none: 32 bits, and 64 by 32.

#include <kernel/ktest.h>
#include <lib/div32.h>
#include <lib/div64.h>
#include <lib/util.h>

#include "random.h"

SUITE("div");

// Shift and subtract over all 64 bits: slow and obvious.
static u64 reference_div(u64 n, u32 d, u32 *rem)
{
	u64 q = 0, r = 0;

	for (int i = 0; i < 64; i++) {
		r = r << 1 | n >> 63;
		n <<= 1;
		q <<= 1;
		if (r >= d) {
			r -= d;
			q |= 1;
		}
	}
	*rem = (u32)r;
	return q;
}

static int div_differs(u64 n, u32 d)
{
	u32 rem, reference_rem;
	u64 q = div_u64_rem(n, d, &rem), reference = reference_div(n, d, &reference_rem);

	return q != reference || rem != reference_rem;
}

// The compiler's own division, and where the CPU has none, ours by another way: so the product decides.
static int div32_differs(u32 n, u32 d)
{
	u32 rem;
	const u32 q = div_u32_rem(n, d, &rem);

	return q != n / d || rem != n % d || (u64)q * d + rem != n || rem >= d;
}

static int sdiv32_differs(s32 n, s32 d)
{
	s32 rem;
	const s32 q = div_s32_rem(n, d, &rem);

	return q != n / d || rem != n % d || (s64)q * d + rem != n ||
	       (rem != 0 && (rem < 0) != (n < 0));
}

TEST("div32 gives quotient and remainder at the edges of words, signed and unsigned")
{
	static const u32 edges[] = { 0,          1,          2,          3,          9,
				     10,         0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001,
				     0xaaaaaaaa, 0xfffffffe, 0xffffffff };
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		for (size_t j = 1; j < ARRAY_SIZE(edges); j++) {
			wrong += div32_differs(edges[i], edges[j]);
			// The smallest number has no counterpart above 0.
			if (edges[i] != 0x80000000 || edges[j] != 0xffffffff)
				wrong += sdiv32_differs((s32)edges[i], (s32)edges[j]);
		}
	EXPECT_EQ(wrong, 0);
}

TEST("div32 by 0 gives 0 and leaves all, and the smallest number by -1 is itself")
{
	u32 rem;
	s32 srem;

	EXPECT_EQ(div_u32_rem(896, 0, &rem), 0);
	EXPECT_EQ(rem, 896);
	EXPECT_EQ(div_s32_rem(-896, 0, &srem), 0);
	EXPECT_EQ(srem, -896);
	EXPECT_EQ(div_s32_rem((s32)0x80000000, -1, &srem), (s32)0x80000000);
	EXPECT_EQ(srem, 0);
}

TEST("div32 gives quotient and remainder of numbers of all sizes")
{
	u32 seed = 896;
	int wrong = 0;

	for (int i = 0; i < 2000; i++) {
		u32 n, d;

		n = random_u32(&seed);
		d = random_u32(&seed);
		d = d >> (i % 31) | 1;
		wrong += div32_differs(n, d);
		if (d != 0xffffffff)
			wrong += sdiv32_differs((s32)n, (s32)d);
	}
	EXPECT_EQ(wrong, 0);
}

TEST("div64 agrees with shift and subtract at the edges of words")
{
	static const u64 edges[] = {
		0,
		1,
		2,
		9,
		10,
		0x7fffffff,
		0x80000000,
		0xfffffffe,
		0xffffffff,
		0x100000000,
		0x100000001,
		0x1ffffffff,
		0x7fffffffffffffff,
		0x8000000000000000,
		0xfffffffeffffffff,
		0xffffffff00000000,
		0xffffffffffffffff,
	};
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		for (size_t j = 0; j < ARRAY_SIZE(edges); j++)
			if ((u32)edges[j])
				wrong += div_differs(edges[i], (u32)edges[j]);
	EXPECT_EQ(wrong, 0);
}

TEST("div64 agrees with shift and subtract on numbers of all sizes")
{
	u32 state = 896;
	int wrong = 0;

	for (int i = 0; i < 5000; i++) {
		u32 high = random_u32(&state) >> (random_u32(&state) % 32);
		u32 low = random_u32(&state);
		u32 d = random_u32(&state) >> (random_u32(&state) % 32);

		wrong += div_differs((u64)(i % 4 ? high : 0) << 32 | low, d ? d : 1);
	}
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(div_u64(1000000000000ULL, 1000000), 1000000);
}
