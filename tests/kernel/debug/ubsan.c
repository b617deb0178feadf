// SPDX-License-Identifier: MIT
// What SAN=ubsan finds: each kind once, in a function that does it.

#include <kernel/ktest.h>
#include <kernel/sanitizer.h>
#include <lib/format.h>

#include "log_watch.h"

SUITE("ubsan");

// Runs fn, which does wrong once, and looks for the two lines of the report.
static void expect_ubsan(void (*fn)(void), const char *kind, const char *sentence)
{
	const unsigned long before = sanitizer.reports;
	char first[80];

	snprintf(first, sizeof(first), "UBSAN: %s in tests/kernel/debug/ubsan.c:", kind);
	sanitizer.expected = 1;
	log_watch_begin();
	fn();
	log_watch_end();
	EXPECT_EQ(sanitizer.reports - before, 1);
	EXPECT_EQ(sanitizer.expected, 0);
	EXPECT_EQ(log_seen(first), 1);
	EXPECT_EQ(log_seen(sentence), 1);
	sanitizer.expected = 0;
}

static void shift_too_far(void)
{
	HIDE(1 << HIDE(32));
}

static void shift_by_a_negative(void)
{
	HIDE(1u >> HIDE(-1));
}

static void shift_64_bits_too_far(void)
{
	u64 value = 1;

	value <<= HIDE(64);
	HIDE((u32)value);
}

TEST("a shift by as many bits as the type has is reported with the type")
{
	expect_ubsan(shift_too_far, "shift-out-of-bounds",
		     "shift exponent 32 is too large for 32-bit type 'int'");
	expect_ubsan(shift_64_bits_too_far, "shift-out-of-bounds",
		     "shift exponent 64 is too large for 64-bit type 'long long unsigned int'");
}

TEST("a shift by a negative number is reported")
{
	expect_ubsan(shift_by_a_negative, "shift-out-of-bounds", "shift exponent -1 is negative");
}

static void index_past_the_end(void)
{
	int numbers[4] = { 0 };

	HIDE(numbers[HIDE(4)]);
}

TEST("an index past the end of an array is reported with the array's type")
{
	expect_ubsan(index_past_the_end, "array-index-out-of-bounds",
		     "index 4 is out of range for type 'int [4]'");
}

static void misaligned_load(void)
{
	static u32 words[2];

	HIDE(*HIDE((u32 *)((char *)words + 2)));
}

TEST("a load from a misaligned address is reported with what the type needs")
{
	expect_ubsan(misaligned_load, "misaligned-access", "which needs 4 byte alignment");
}

struct pair {
	int a, b;
};

static void member_of_null(void)
{
	HIDE(&HIDE((struct pair *)NULL)->b);
}

TEST("a member of a NULL pointer is reported, though only its address is taken")
{
	expect_ubsan(member_of_null, "null-ptr-deref",
		     "member access within null pointer of type 'struct pair'");
}

static void load_a_bool_of_two(void)
{
	u8 two = HIDE(2);

	HIDE((int)*(bool *)&two);
}

TEST("a bool that is neither false nor true is reported with its value")
{
	expect_ubsan(load_a_bool_of_two, "invalid-load",
		     "load of value 2 is not a valid value for type '_Bool'");
}

static void count_zeros_of_nothing(void)
{
	HIDE(__builtin_ctz(HIDE(0u)));
}

TEST("the number of zeros below the lowest bit of 0 is reported")
{
	expect_ubsan(count_zeros_of_nothing, "invalid-builtin", "0 was passed to __builtin_ctz()");
}
