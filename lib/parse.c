// SPDX-License-Identifier: MIT
// Parses numbers: boot parameters and the monitor's arguments.
//
// Linux: kstrtoull() and memparse(), combined.

#include <abi/errno.h>
#include <lib/format.h>

// The value of a digit; for other characters, a number above every base.
static u32 digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? (u32)(c - 'a' + 10) : ~0U;
}

// *val = *val * factor + add, computed in halves to detect an overflow. False: it has overflowed.
static bool mul_add(u64 *val, u32 factor, u32 add)
{
	u64 low = (u64)(u32)*val * factor + add;
	u64 high = (*val >> 32) * factor + (low >> 32);

	*val = high << 32 | (u32)low;
	return high >> 32 == 0;
}

// Advances *s over a suffix and returns its factor; 1: no suffix.
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
