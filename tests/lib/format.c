// SPDX-License-Identifier: MIT
// Formatting: C's conversions, Linux's %p family, and the ends of buffers.

#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>

SUITE("format");

static char text[128];

#define FORMAT(...) (snprintf(text, sizeof(text), __VA_ARGS__), (const char *)text)

// For formats that the compiler rightly warns of.
static const char *format_unchecked(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return text;
}

TEST("numbers print in decimal, hex and octal, the smallest and the largest included")
{
	EXPECT_STREQ(FORMAT("%d %i %u", 0, -42, 42U), "0 -42 42");
	EXPECT_STREQ(FORMAT("%d", -2147483647 - 1), "-2147483648");
	EXPECT_STREQ(FORMAT("%u", ~0U), "4294967295");
	EXPECT_STREQ(FORMAT("%x %X %o", 0xbeefU, 0xbeefU, 8U), "beef BEEF 10");
	EXPECT_STREQ(FORMAT("%#x %#X %#o", 0xbeefU, 0xbeefU, 8U), "0xbeef 0XBEEF 010");
	EXPECT_STREQ(FORMAT("%#x", 0U), "0x0");
}

TEST("64-bit numbers print without a 64-bit division")
{
	EXPECT_STREQ(FORMAT("%llu", ~0ULL), "18446744073709551615");
	EXPECT_STREQ(FORMAT("%lld", -9223372036854775807LL - 1), "-9223372036854775808");
	EXPECT_STREQ(FORMAT("%llx", 0x123456789abcdef0ULL), "123456789abcdef0");
	EXPECT_STREQ(FORMAT("%llo", ~0ULL), "1777777777777777777777");
	EXPECT_STREQ(FORMAT("%llu", 4294967296ULL), "4294967296");
	EXPECT_STREQ(FORMAT("%jd", (intmax_t)-1), "-1");
}

TEST("a length modifier takes its part of the argument")
{
	EXPECT_STREQ(
		FORMAT("%hhd %hhu %hhx", (signed char)-1, (unsigned char)200, (unsigned char)0x12),
		"-1 200 12");
	EXPECT_STREQ(format_unchecked("%hhx %hx", 0x1234, 0x12345), "34 2345");
	EXPECT_STREQ(FORMAT("%hd %hu", (short)-2, (unsigned short)65535), "-2 65535");
	EXPECT_STREQ(FORMAT("%ld %lx %zu %td", -3L, 0xfUL, sizeof(u32), (ptrdiff_t)-4),
		     "-3 f 4 -4");
}

TEST("width, precision and flags pad as in C")
{
	EXPECT_STREQ(FORMAT("[%5d] [%-5d] [%05d]", 42, 42, 42), "[   42] [42   ] [00042]");
	EXPECT_STREQ(FORMAT("[%+d] [% d] [%+d]", 42, 42, -42), "[+42] [ 42] [-42]");
	EXPECT_STREQ(FORMAT("[%08x] [%#010x]", 0xcafeU, 0xcafeU), "[0000cafe] [0x0000cafe]");
	EXPECT_STREQ(FORMAT("[%6.3d] [%-6.3d]", -5, -5), "[  -005] [-005  ]");
	EXPECT_STREQ(FORMAT("[%05d] [%.0d]", -42, 0), "[-0042] []");
	EXPECT_STREQ(FORMAT("[%*d] [%*d] [%.*s]", 4, 1, -4, 1, 2, "abc"), "[   1] [1   ] [ab]");
	EXPECT_STREQ(FORMAT("[%4s] [%-4s] [%.1s] [%c%3c]", "ab", "ab", "ab", 'x', 'y'),
		     "[  ab] [ab  ] [a] [x  y]");
	EXPECT_STREQ(FORMAT("%d%%", 100), "100%");
}

TEST("%#o adds a zero only where the digits do not start with one")
{
	EXPECT_STREQ(FORMAT("[%#o] [%#o] [%#o]", 0U, 1U, 06143U), "[0] [01] [06143]");
	EXPECT_STREQ(FORMAT("[%#.4o] [%#.5o] [%#.3o]", 1U, 06143U, 06143U),
		     "[0001] [06143] [06143]");
	EXPECT_STREQ(FORMAT("[%#6.4o] [%#6o] [%#06o]", 8U, 8U, 8U), "[  0010] [   010] [000010]");
	EXPECT_STREQ(FORMAT("[%#3o] [%#-3o] [%#03o]", 0U, 0U, 0U), "[  0] [0  ] [000]");
	EXPECT_STREQ(FORMAT("%#llo", ~0ULL), "01777777777777777777777");
}

TEST("zero with precision 0 has no digits and no 0x, but the zero that %#o asks for")
{
	EXPECT_STREQ(FORMAT("[%.0d] [%.0u] [%.0x] [%.0o]", 0, 0U, 0U, 0U), "[] [] [] []");
	EXPECT_STREQ(FORMAT("[%#.0x] [%#.x] [%#.0X] [%#.0llx]", 0U, 0U, 0U, 0ULL), "[] [] [] []");
	EXPECT_STREQ(FORMAT("[%#.0o] [%#.o] [%#.*o]", 0U, 0U, 0, 0U), "[0] [0] [0]");
	EXPECT_STREQ(FORMAT("[%#4.0x] [%#-4.0x] [%+.0d] [% .0d]", 0U, 0U, 0, 0),
		     "[    ] [    ] [+] [ ]");
	EXPECT_STREQ(FORMAT("[%#.0x] [%#.0o] [%.0d]", 7U, 7U, 7), "[0x7] [07] [7]");
	EXPECT_STREQ(FORMAT("[%#.3x] [%#x]", 0U, 0U), "[0x000] [0x0]"); // as Linux
}

TEST("where C and Linux differ on a precision, C is followed")
{
	EXPECT_STREQ(format_unchecked("[%05.3d] [%06.0x] [%05.d]", 42, 0, 7),
		     "[  042] [      ] [    7]");
	EXPECT_STREQ(FORMAT("[%.s] [%4.s] [%.d]", "abc", "abc", 7), "[] [    ] [7]");
	EXPECT_STREQ(FORMAT("[%.*s] [%4.*d] [%.*d]", -1, "abc", -5, 7, -1, 0), "[abc] [   7] [0]");
	EXPECT_STREQ(format_unchecked("[%05.*d] [%#.*x]", -1, 7, -1, 0), "[00007] [0x0]");
}

TEST("a string argument that cannot be a string is named, not followed")
{
	EXPECT_STREQ(format_unchecked("%s", (char *)NULL), "(null)");
	EXPECT_STREQ(format_unchecked("%s", (char *)16), "(efault)");
	EXPECT_STREQ(format_unchecked("%s", (char *)-14), "(efault)");
	EXPECT_STREQ(format_unchecked("%pa", (void *)NULL), "(null)");
}

TEST("what is not a conversion is shown as it stands, with all behind it")
{
	EXPECT_STREQ(format_unchecked("%d %y %s", 1, "not read"), "1 %y %s");
	EXPECT_STREQ(format_unchecked("100%"), "100%");
}

TEST("snprintf returns the whole length, scnprintf what it wrote, and neither passes the end")
{
	char buf[8];

	memset(buf, '#', sizeof(buf));
	EXPECT_EQ(snprintf(buf, 4, "%s", "lowmem"), 6);
	EXPECT_STREQ(buf, "low");
	EXPECT_EQ(buf[4], '#');
	EXPECT_EQ(scnprintf(buf, 4, "%s", "lowmem"), 3);
	EXPECT_EQ(scnprintf(buf, 8, "%s", "lowmem"), 6);
	EXPECT_EQ(snprintf(buf, 1, "%d", 12), 2);
	EXPECT_STREQ(buf, "");
	buf[0] = '#';
	EXPECT_EQ(snprintf(buf, 0, "%d", 12), 2);
	EXPECT_EQ(snprintf(NULL, 0, "%d", 12), 2);
	EXPECT_EQ(scnprintf(buf, 0, "%d", 12), 0);
	EXPECT_EQ(buf[0], '#');
}

static const u32 test_key[4] = { 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c };

#define ADDRESS ((void *)0xc0123456UL)
#define PLAIN   "c0123456"

// What %p shows of an address under this key.
static const char *hashed(u32 key0, void *p)
{
	u32 key[4] = { key0, test_key[1], test_key[2], test_key[3] };

	format_set_ptr_key(key);
	return FORMAT("%p", p);
}

TEST("S041 %p hides the address behind a hash: the same one each time, another with another key")
{
	struct format_state saved = format_state;
	char first[16];

	format_state.plain_pointers = false;
	strscpy(first, hashed(1, ADDRESS), sizeof(first));
	EXPECT_EQ(strlen(first), 8);
	EXPECT_NE(strcmp(first, PLAIN), 0);
	EXPECT_STREQ(hashed(1, ADDRESS), first);
	EXPECT_NE(strcmp(hashed(1, (char *)ADDRESS + 4), first), 0);
	EXPECT_NE(strcmp(hashed(2, ADDRESS), first), 0);
	EXPECT_STREQ(hashed(1, ADDRESS), first);
	format_state = saved;
}

TEST("S041 %p is the low word of SipHash-2-4 over the address")
{
	struct format_state saved = format_state;

	// The paper's key and, as little-endian bytes 00 01 02 03, the first four of its message.
	format_state.plain_pointers = false;
	format_set_ptr_key(test_key);
	EXPECT_STREQ(FORMAT("%p", (void *)0x03020100UL), "277187b7");
	format_state = saved;
}

TEST("S041 %p shows (ptrval) before there is a key, and NULL and errors as they are")
{
	struct format_state saved = format_state;

	format_state = (struct format_state){ .have_key = false };
	EXPECT_STREQ(FORMAT("%p", ADDRESS), "(ptrval)");
	EXPECT_STREQ(FORMAT("%10p|%-10p|", ADDRESS, ADDRESS), "  (ptrval)|(ptrval)  |");
	EXPECT_STREQ(FORMAT("%p", NULL), "00000000");
	EXPECT_STREQ(FORMAT("%p", (void *)-22L), "ffffffea");
	format_state = saved;
}

TEST("S042 %px shows the real address, as %lx does")
{
	EXPECT_STREQ(FORMAT("%px", ADDRESS), PLAIN);
	EXPECT_STREQ(FORMAT("%px", (void *)0x1234UL), "00001234");
	EXPECT_STREQ(FORMAT("[%10px]", ADDRESS), "[  " PLAIN "]");
}

TEST("S043 no_hash_pointers makes %p show the real address")
{
	struct format_state saved = format_state;

	format_set_ptr_key(test_key);
	format_no_hash_pointers();
	EXPECT_STREQ(FORMAT("%p", ADDRESS), PLAIN);
	format_state = saved;
}

TEST("S040 %pK is %p when kptr_restrict is 0, and zeros when it is 1 or 2")
{
	struct format_state saved = format_state;
	int saved_restrict = kptr_restrict;
	char as_p[16];

	format_state.plain_pointers = false;
	strscpy(as_p, hashed(1, ADDRESS), sizeof(as_p));
	kptr_restrict = 0;
	EXPECT_STREQ(FORMAT("%pK", ADDRESS), as_p);
	kptr_restrict = 1;
	EXPECT_STREQ(FORMAT("%pK", ADDRESS), "00000000");
	kptr_restrict = 2;
	EXPECT_STREQ(FORMAT("%pK", ADDRESS), "00000000");
	format_no_hash_pointers();
	EXPECT_STREQ(FORMAT("%pK", ADDRESS), "00000000");
	kptr_restrict = 0;
	EXPECT_STREQ(FORMAT("%pK", ADDRESS), PLAIN);
	kptr_restrict = saved_restrict;
	format_state = saved;
}

TEST("S044 %pa shows a phys_addr_t by reference, as wide as its type")
{
	phys_addr_t pa = 0x40001000;
	bool wide = sizeof(pa) == sizeof(u64);

	EXPECT_STREQ(FORMAT("%pa", &pa), wide ? "0x0000000040001000" : "0x40001000");
	EXPECT_STREQ(FORMAT("%pap|", &pa), wide ? "0x0000000040001000|" : "0x40001000|");
	pa = (phys_addr_t)0x123456789aULL;
	EXPECT_STREQ(FORMAT("%pa", &pa), wide ? "0x000000123456789a" : "0x3456789a");
}

static bool fake_symbol(unsigned long addr, const char **name, unsigned long *offset,
			unsigned long *size)
{
	*name = "alloc_pages";
	*offset = addr - 0xc0100000UL;
	*size = 0x80;
	return *offset < *size;
}

TEST("%pS shows symbol, offset and size, %ps the symbol, both the address where there is none")
{
	bool (*saved)(unsigned long, const char **, unsigned long *, unsigned long *) =
		format_symbol;

	format_symbol = fake_symbol;
	EXPECT_STREQ(FORMAT("%pS", (void *)0xc0100024UL), "alloc_pages+0x24/0x80");
	EXPECT_STREQ(FORMAT("%ps()", (void *)0xc0100024UL), "alloc_pages()");
	EXPECT_STREQ(FORMAT("%-13ps|", (void *)0xc0100024UL), "alloc_pages  |");
	EXPECT_STREQ(FORMAT("%pS", (void *)0xc0200000UL), "0xc0200000");
	format_symbol = NULL;
	EXPECT_STREQ(FORMAT("%pS", (void *)0xc0100024UL), "0xc0100024");
	format_symbol = saved;
}
