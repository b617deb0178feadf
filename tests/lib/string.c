// SPDX-License-Identifier: MIT
// Memory and string functions: exact lengths at every alignment, byte order, ends.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/string.h>
#include <lib/util.h>

SUITE("string");

#define AREA      64
#define OFFSETS   8  // covers all alignments, twice
#define LENGTHS   41 // bytes, words and both ends of a word
#define UNTOUCHED 0xee

static u8 area[AREA], source[AREA], expected[AREA];

static void fill_string_area(u8 *p, u8 first)
{
	for (size_t i = 0; i < AREA; i++)
		p[i] = (u8)(first + i);
}

// Byte by byte through a second buffer: what every copy must amount to.
static void reference_copy(u8 *dst, const u8 *src, size_t n)
{
	u8 middle[AREA];

	for (size_t i = 0; i < n; i++)
		middle[i] = src[i];
	for (size_t i = 0; i < n; i++)
		dst[i] = middle[i];
}

static bool same_area(const u8 *a, const u8 *b)
{
	for (size_t i = 0; i < AREA; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

TEST("memcpy copies exactly n bytes between all alignments")
{
	int wrong = 0;

	fill_string_area(source, 1);
	for (size_t to = 0; to < OFFSETS; to++) {
		for (size_t from = 0; from < OFFSETS; from++) {
			for (size_t n = 0; n < LENGTHS; n++) {
				fill_string_area(area, UNTOUCHED);
				fill_string_area(expected, UNTOUCHED);
				reference_copy(expected + to, source + from, n);
				wrong += memcpy(area + to, source + from, n) != area + to;
				wrong += !same_area(area, expected);
			}
		}
	}
	EXPECT_EQ(wrong, 0);
}

TEST("memmove moves overlapping bytes up and down as through a second buffer")
{
	int wrong = 0;

	for (size_t to = 0; to < AREA - LENGTHS; to++) {
		for (size_t from = 0; from < AREA - LENGTHS; from++) {
			for (size_t n = 0; n < LENGTHS; n += 5) {
				fill_string_area(area, 1);
				fill_string_area(expected, 1);
				reference_copy(expected + to, expected + from, n);
				wrong += memmove(area + to, area + from, n) != area + to;
				wrong += !same_area(area, expected);
			}
		}
	}
	EXPECT_EQ(wrong, 0);
}

TEST("memset fills exactly n bytes with the low byte of its argument")
{
	int wrong = 0;

	for (size_t at = 0; at < OFFSETS; at++) {
		for (size_t n = 0; n < LENGTHS; n++) {
			fill_string_area(area, 1);
			fill_string_area(expected, 1);
			for (size_t i = 0; i < n; i++)
				expected[at + i] = 0xa5;
			wrong += memset(area + at, 0x12a5, n) != area + at;
			wrong += !same_area(area, expected);
		}
	}
	EXPECT_EQ(wrong, 0);
}

TEST("memcmp decides by the first different byte, unsigned")
{
	EXPECT_EQ(memcmp("abc", "abd", 2), 0);
	EXPECT_LT(memcmp("abc", "abd", 3), 0);
	EXPECT_GT(memcmp("a\xff", "a\x01", 2), 0);
	EXPECT_EQ(memcmp("a", "b", 0), 0);
}

TEST("memchr looks at n bytes and not at one more")
{
	const char *s = "ab\xff"
			"cb";

	EXPECT_EQ(memchr(s, 'b', 5), (void *)(s + 1));
	EXPECT_EQ(memchr(s, 0xff, 5), (void *)(s + 2));
	EXPECT_EQ(memchr(s, 'c', 3), NULL);
	EXPECT_EQ(memchr(s, '\0', 6), (void *)(s + 5));
}

TEST("strlen counts up to the NUL, strnlen at most as far as it may")
{
	EXPECT_EQ(strlen(""), 0);
	EXPECT_EQ(strlen("k896"), 4);
	EXPECT_EQ(strnlen("k896", 9), 4);
	EXPECT_EQ(strnlen("k896", 3), 3);
	EXPECT_EQ(strnlen("k896", 0), 0);
}

TEST("strcmp and strncmp order as unsigned bytes, a prefix before the longer string")
{
	EXPECT_EQ(strcmp("lowmem", "lowmem"), 0);
	EXPECT_LT(strcmp("low", "lowmem"), 0);
	EXPECT_GT(strcmp("\xc0", "A"), 0);
	EXPECT_EQ(strncmp("lowmem", "lower", 3), 0);
	EXPECT_GT(strncmp("lowmem", "lower", 4), 0);
	EXPECT_EQ(strncmp("low", "low\0mem", 9), 0);
	EXPECT_EQ(strncmp("a", "b", 0), 0);
}

TEST("strchr finds the first, strrchr the last, and both the NUL")
{
	const char *s = "a=b=c";

	EXPECT_EQ(strchr(s, '='), s + 1);
	EXPECT_EQ(strrchr(s, '='), s + 3);
	EXPECT_EQ(strchr(s, '\0'), s + 5);
	EXPECT_EQ(strrchr(s, '\0'), s + 5);
	EXPECT_EQ(strchr(s, 'x'), NULL);
	EXPECT_EQ(strrchr(s, 'x'), NULL);
}

TEST("strstr finds a string inside another, at its end and after a false start")
{
	const char *s = "mem=memory";

	EXPECT_EQ(strstr(s, "memo"), s + 4);
	EXPECT_EQ(strstr(s, "ory"), s + 7);
	EXPECT_EQ(strstr(s, ""), s);
	EXPECT_EQ(strstr(s, "memoryx"), NULL);
}

TEST("strscpy ends the copy with a NUL and says -E2BIG when it had to cut")
{
	char buf[5];

	EXPECT_EQ(strscpy(buf, "k896", sizeof(buf)), 4);
	EXPECT_STREQ(buf, "k896");
	EXPECT_EQ(strscpy(buf, "k896 monitor", sizeof(buf)), -E2BIG);
	EXPECT_STREQ(buf, "k896");
	EXPECT_EQ(strscpy(buf, "x", 1), -E2BIG);
	EXPECT_STREQ(buf, "");
	EXPECT_EQ(strscpy(buf, "", sizeof(buf)), 0);
	EXPECT_EQ(strscpy(buf, "x", 0), -E2BIG);
}
