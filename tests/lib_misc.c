// SPDX-License-Identifier: MIT
// The small libraries: patterns, division, number parsing, hashing, lists.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/div32.h>
#include <lib/div64.h>
#include <lib/format.h>
#include <lib/glob.h>
#include <lib/list.h>
#include <lib/siphash.h>

SUITE("lib");

TEST("a glob without special characters matches itself and nothing else")
{
	EXPECT_TRUE(glob_match("pgtable", "pgtable"));
	EXPECT_TRUE(glob_match("", ""));
	EXPECT_FALSE(glob_match("pgtable", "pgtabl"));
	EXPECT_FALSE(glob_match("pgtabl", "pgtable"));
	EXPECT_FALSE(glob_match("", "x"));
}

TEST("a glob's * is any text, slashes and nothing included")
{
	EXPECT_TRUE(glob_match("*", ""));
	EXPECT_TRUE(glob_match("*", "a/b"));
	EXPECT_TRUE(glob_match("pg*", "pg"));
	EXPECT_TRUE(glob_match("*: S04?*", "format: S044 shows"));
	EXPECT_TRUE(glob_match("a*b*c", "a.b.b.c.c"));
	EXPECT_TRUE(glob_match("*aab", "aaaaab"));
	EXPECT_FALSE(glob_match("a*b*c", "a.b.b.c.d"));
	EXPECT_FALSE(glob_match("?", ""));
	EXPECT_FALSE(glob_match("??", "a"));
}

TEST("a glob of many stars against a long text ends soon")
{
	EXPECT_FALSE(glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*b",
				"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

TEST("a glob's class is one character of a set or of its complement")
{
	EXPECT_TRUE(glob_match("[a-c]x", "bx"));
	EXPECT_FALSE(glob_match("[a-c]x", "dx"));
	EXPECT_TRUE(glob_match("[!a-c]x", "dx"));
	EXPECT_FALSE(glob_match("[!a-c]x", "ax"));
	EXPECT_TRUE(glob_match("[]-]", "]"));
	EXPECT_TRUE(glob_match("[]-]", "-"));
	EXPECT_TRUE(glob_match("[a-]", "-"));
	EXPECT_TRUE(glob_match("*[0-9]", "S044"));
	EXPECT_TRUE(glob_match("[\x80-\xff]", "\xc3"));
}

TEST("a glob's [ without a ] is an ordinary character")
{
	EXPECT_TRUE(glob_match("[ab", "[ab"));
	EXPECT_FALSE(glob_match("[ab", "a"));
	EXPECT_TRUE(glob_match("*[", "x["));
	EXPECT_TRUE(glob_match("[]", "[]"));
}

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

		n = seed = seed * 1664525 + 1013904223;
		d = seed = seed * 1664525 + 1013904223;
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

// Numbers without a pattern (xorshift, Marsaglia 2003), the same ones on every run.
static u32 next_random(u32 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

TEST("div64 agrees with shift and subtract on numbers of all sizes")
{
	u32 state = 896;
	int wrong = 0;

	for (int i = 0; i < 5000; i++) {
		u32 high = next_random(&state) >> (next_random(&state) % 32);
		u32 low = next_random(&state);
		u32 d = next_random(&state) >> (next_random(&state) % 32);

		wrong += div_differs((u64)(i % 4 ? high : 0) << 32 | low, d ? d : 1);
	}
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(div_u64(1000000000000ULL, 1000000), 1000000);
}

static u64 parsed(const char *s, int base)
{
	u64 val = 0;

	EXPECT_EQ(parse_u64(s, base, &val), 0);
	return val;
}

TEST("parse_u64 reads decimal, hex and octal, and the prefix decides for base 0")
{
	EXPECT_EQ(parsed("0", 0), 0);
	EXPECT_EQ(parsed("896", 0), 896);
	EXPECT_EQ(parsed("0xC0000000", 0), 0xc0000000);
	EXPECT_EQ(parsed("0777", 0), 0777);
	EXPECT_EQ(parsed("0777", 10), 777);
	EXPECT_EQ(parsed("c0de", 16), 0xc0de);
	EXPECT_EQ(parsed("0Xc0de", 16), 0xc0de);
	EXPECT_EQ(parsed("18446744073709551615", 0), ~0ULL);
	EXPECT_EQ(parsed("0xffffffffffffffff", 0), ~0ULL);
}

TEST("parse_u64 multiplies by the suffixes K, M and G")
{
	EXPECT_EQ(parsed("4K", 0), 4096);
	EXPECT_EQ(parsed("32m", 0), 32 << 20);
	EXPECT_EQ(parsed("0x4G", 0), 4ULL << 30);
	EXPECT_EQ(parsed("17179869183G", 0), 17179869183ULL << 30);
}

TEST("parse_u64 refuses what is no number, and leaves the value alone")
{
	static const char *const bad[] = { "",   " 1",  "-1", "+1",  "0x", "0xg",
					   "08", "12a", "K",  "1KB", "1 ", "1T" };
	u64 val = 896;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(parse_u64(bad[i], 0, &val), -EINVAL);
	EXPECT_EQ(parse_u64("18446744073709551616", 0, &val), -ERANGE);
	EXPECT_EQ(parse_u64("99999999999999999999999", 0, &val), -ERANGE);
	EXPECT_EQ(parse_u64("17179869184G", 0, &val), -ERANGE);
	EXPECT_EQ(parse_u64("0x10000000000000000", 0, &val), -ERANGE);
	EXPECT_EQ(val, 896);
}

TEST("siphash gives the values of its paper")
{
	static const u32 key[4] = { 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c };
	u8 message[15];

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (u8)i;
	EXPECT_EQ(siphash(message, 0, key), 0x726fdb47dd0e0e31);
	EXPECT_EQ(siphash(message, 1, key), 0x74f839c593dc67fd);
	EXPECT_EQ(siphash(message, 4, key), 0xcf2794e0277187b7);
	EXPECT_EQ(siphash(message, 8, key), 0x93f5f5799a932462);
	EXPECT_EQ(siphash(message, 15, key), 0xa129ca6149be45e5);
}

struct item {
	int value;
	struct list_head link;
};

// The values of a list as the digits of a number.
static int digits_of(struct list_head *head)
{
	struct item *item;
	int n = 0;

	list_for_each_entry (item, head, link)
		n = n * 10 + item->value;
	return n;
}

TEST("a list keeps its order, whether items come in front, at the end or go")
{
	struct item items[4] = { { .value = 1 }, { .value = 2 }, { .value = 3 }, { .value = 4 } };
	LIST_HEAD(head);

	EXPECT_TRUE(list_empty(&head));
	list_add_tail(&items[1].link, &head);
	list_add_tail(&items[2].link, &head);
	list_add(&items[0].link, &head);
	list_add_tail(&items[3].link, &head);
	EXPECT_EQ(digits_of(&head), 1234);
	EXPECT_EQ(list_first_entry(&head, struct item, link), &items[0]);
	list_del(&items[1].link);
	EXPECT_EQ(items[1].link.next, NULL);
	EXPECT_EQ(digits_of(&head), 134);
	list_del(&items[3].link);
	list_del(&items[0].link);
	list_del(&items[2].link);
	EXPECT_TRUE(list_empty(&head));
	EXPECT_EQ(head.prev, &head);
}
