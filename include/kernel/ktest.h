// SPDX-License-Identifier: MIT
// Tests on the target: a TEST is a sentence that holds or fails; ktest=GLOB runs them and prints KTAP.
//
//   SUITE("pgtable");
//   TEST("S004 a highmem frame has no linear address")
//   {
//           EXPECT_EQ(page_address(page), NULL);
//   }
//
// EXPECT_* reports a failure and goes on; ASSERT_* reports it and ends the test; SKIP(reason) ends the
// test as skipped. Numbers are compared in their own types and printed in decimal and hex. A test that
// checks nothing fails, and so does a suite without tests.
#pragma once

#include <lib/compiler.h>
#include <lib/string.h>
#include <lib/types.h>

struct ktest {
	const char *const *suite;
	const char *sentence;
	const char *file;
	int line;
	void (*run)(void);
};

#define SUITE(name)                                                                           \
	static const char *const ktest_suite = name;                                          \
	static const char *const *const ktest_suite_entry __used __section(".ktest_suites") = \
		&ktest_suite

#define KTEST_CAT_(a, b) a##b
#define KTEST_CAT(a, b)  KTEST_CAT_(a, b)
#define TEST(text)       KTEST_TEST(text, KTEST_CAT(ktest_, __LINE__))
#define KTEST_TEST(text, fn)                                                        \
	static void fn(void);                                                       \
	static const struct ktest KTEST_CAT(fn, _entry) __used __section(".ktests") \
		__aligned(4) = { &ktest_suite, text, __FILE__, __LINE__, fn };      \
	static void fn(void)

// Number of checks that the running test has made.
extern unsigned int ktest_checks;
// For the macros: the running test has failed, or (ktest_skip) is skipped.
void ktest_fail_cmp(const char *file, int line, const char *expr, long long a, long long b);
void ktest_fail_str(const char *file, int line, const char *expr, const char *a, const char *b);
void ktest_skip(const char *reason);

// A pointer or an integer, as a number for printing (class 5 is a pointer).
#define KTEST_NUM(x) \
	((long long)__builtin_choose_expr(__builtin_classify_type(x) == 5, (uintptr_t)(x), (x)))

#define KTEST_CMP(a, op, b, text, otherwise)                                      \
	do {                                                                      \
		ktest_checks++;                                                   \
		__typeof__(a) kt_a = (a);                                         \
		__typeof__(b) kt_b = (b);                                         \
		if (!(kt_a op kt_b)) {                                            \
			ktest_fail_cmp(__FILE__, __LINE__, text, KTEST_NUM(kt_a), \
				       KTEST_NUM(kt_b));                          \
			otherwise;                                                \
		}                                                                 \
	} while (0)
#define KTEST_STR(a, b, text, otherwise)                                      \
	do {                                                                  \
		ktest_checks++;                                               \
		const char *kt_a = (a), *kt_b = (b);                          \
		if (strcmp(kt_a, kt_b) != 0) {                                \
			ktest_fail_str(__FILE__, __LINE__, text, kt_a, kt_b); \
			otherwise;                                            \
		}                                                             \
	} while (0)

#define EXPECT_EQ(a, b)    KTEST_CMP(a, ==, b, #a " == " #b, (void)0)
#define EXPECT_NE(a, b)    KTEST_CMP(a, !=, b, #a " != " #b, (void)0)
#define EXPECT_LT(a, b)    KTEST_CMP(a, <, b, #a " < " #b, (void)0)
#define EXPECT_LE(a, b)    KTEST_CMP(a, <=, b, #a " <= " #b, (void)0)
#define EXPECT_GT(a, b)    KTEST_CMP(a, >, b, #a " > " #b, (void)0)
#define EXPECT_GE(a, b)    KTEST_CMP(a, >=, b, #a " >= " #b, (void)0)
#define EXPECT_TRUE(x)     KTEST_CMP((bool)(x), ==, true, #x " is true", (void)0)
#define EXPECT_FALSE(x)    KTEST_CMP((bool)(x), ==, false, #x " is false", (void)0)
#define EXPECT_STREQ(a, b) KTEST_STR(a, b, #a " is " #b, (void)0)
#define ASSERT_EQ(a, b)    KTEST_CMP(a, ==, b, #a " == " #b, return )
#define ASSERT_NE(a, b)    KTEST_CMP(a, !=, b, #a " != " #b, return )
#define ASSERT_TRUE(x)     KTEST_CMP((bool)(x), ==, true, #x " is true", return )
#define ASSERT_STREQ(a, b) KTEST_STR(a, b, #a " is " #b, return )
#define SKIP(reason)                \
	do {                        \
		ktest_skip(reason); \
		return;             \
	} while (0)

// Runs the tests whose "suite: sentence", suite or sentence matches; prints the plan, the results and an
// end mark. Returns the number of failures; a glob that matches nothing counts as one, and so does a run
// that Ctrl-C stopped between two tests.
// A test that runs longer than ktest_timeout= guest seconds (default 10) is a panic.
int ktest_run(const char *glob);

// The n-th suite, in the order of the table; NULL after the last.
const char *ktest_suite_name(unsigned int n);

// Calls fn in the next timer interrupt, and returns afterwards.
void ktest_in_interrupt(void (*fn)(void));

// Whether ticks came late since the test began: a busy host did not run the machine. A test that measures
// time may then skip instead of fail.
bool ktest_starved(void);
#define STARVED "the host had no time for the machine"

// The tick calls this: panics when the running test has used up its guest time. Interrupt context.
void ktest_tick(void);
// Guest time a test may take, in ticks.
extern unsigned long ktest_timeout;
// Multiplies the time limit of the running test, which calls this first.
void ktest_takes_long(unsigned int times);

// Counters that a test must leave unchanged. kmain sets it; mm/proc/leak_check.c implements it.
struct ktest_balance {
	void (*begin)(void);
	const char *(*end)(void); // what has changed, in words; NULL: nothing
	void (*check)(void);      // after each suite: panics if an invariant is broken
	void (*check_all)(void);  // after the last suite: the same, more thoroughly
};
extern const struct ktest_balance *ktest_balance;
