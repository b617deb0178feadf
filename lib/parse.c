// SPDX-License-Identifier: MIT
// Numbers out of text: boot parameters and the monitor's arguments.
//
// Linux: kstrtoull() and memparse() in one.

#include <abi/errno.h>
#include <lib/format.h>

// The value of a digit; more than any base for all other characters.
static u32 digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? (u32)(c - 'a' + 10) : ~0U;
}

// *val = *val * factor + add, in halves so that an overflow is seen. False when there was one.
static bool mul_add(u64 *val, u32 factor, u32 add)
{
	u64 low = (u64)(u32)*val * factor + add;
	u64 high = (*val >> 32) * factor + (low >> 32);

	*val = high << 32 | (u32)low;
	return high >> 32 == 0;
}

// 1 where there is no suffix; *s is moved behind it.
static u32 suffix_factor(const char **s)
{
	u32 factor = 1;

	switch (**s | ('a' ^ 'A')) {
	case 'g': factor <<= 10; __fallthrough;
	case 'm': factor <<= 10; __fallthrough;
	case 'k': factor <<= 10; ++*s;
	}
	return factor;
}

int parse_u64(const char *s, int base, u64 *val)
{
	bool hex = s[0] == '0' && (s[1] | ('a' ^ 'A')) == 'x' && digit_value(s[2]) < 16;
	bool fits = true;
	u64 n = 0;
	u32 radix;

	radix = base ? (u32)base : hex ? 16 : s[0] == '0' ? 8 : 10;
	if (hex && radix == 16)
		s += 2;
	if (digit_value(*s) >= radix)
		return -EINVAL;
	for (; digit_value(*s) < radix; s++)
		fits = mul_add(&n, radix, digit_value(*s)) && fits;
	fits = mul_add(&n, suffix_factor(&s), 0) && fits;
	if (*s)
		return -EINVAL;
	if (!fits)
		return -ERANGE;
	*val = n;
	return 0;
}
