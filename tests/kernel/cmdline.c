// SPDX-License-Identifier: MIT
// The kernel's command line: words, quotes, numbers, and what is said of those that are wrong.

#include <drivers/misc/edu.h>
#include <kernel/cmdline.h>
#include <kernel/ktest.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <lib/util.h>

#include "log_watch.h"

SUITE("cmdline");

// What the words of this suite set, as it was, and the copy that is taken apart.
static struct {
	struct kernel_params params;
	unsigned long timeout;
	bool halts;
	char line[200];
} saved;

// console_loglevel comes back with the end of the watch.
static void parse(const char *line)
{
	saved.params = kernel_params;
	saved.timeout = ktest_timeout;
	saved.halts = panic_halts;
	strscpy(saved.line, line, sizeof(saved.line));
	log_watch_begin();
	cmdline_parse(saved.line);
}

static void restore_params(void)
{
	log_watch_end();
	kernel_params = saved.params;
	ktest_timeout = saved.timeout;
	panic_halts = saved.halts;
}

TEST("words stand between blanks, tabs and newlines; a value in quotes may have some")
{
	parse(" \tktest=a\n  \"bench=b c\"  init=\"d e\"f panic=halt ");
	EXPECT_STREQ(kernel_params.ktest, "a");
	EXPECT_STREQ(kernel_params.bench, "b c");
	EXPECT_STREQ(kernel_params.init, "d ef");
	EXPECT_TRUE(panic_halts);
	restore_params();
	EXPECT_EQ(log_seen("command line"), 0);
}

TEST("a quote that is never closed holds all that comes; nothing is no word")
{
	parse("init=\"a b  c");
	EXPECT_STREQ(kernel_params.init, "a b  c");
	restore_params();
	parse("");
	restore_params();
	parse("   ");
	restore_params();
	EXPECT_EQ(log_seen("command line"), 0);
}

TEST("a word that nobody knows is told: with a value, without, empty, or almost one that is known")
{
	parse("frob=1 frob = =x \"\" ktests=a KTEST=b");
	restore_params();
	EXPECT_EQ(log_seen("Unknown kernel command line parameter"), 7);
	EXPECT_EQ(log_seen("\"frob=1\""), 1);
	EXPECT_EQ(log_seen("\"frob\""), 1);
	EXPECT_EQ(log_seen("\"=\""), 1);
	EXPECT_EQ(log_seen("\"=x\""), 1);
	EXPECT_EQ(log_seen("\"\", ignored"), 1);
}

TEST("a value that is none is told, and what was set stays")
{
	static const char *const lines[] = {
		"loglevel=2147483648",
		"loglevel=-1",
		"loglevel=0x",
		"loglevel=99999999999999999999",
		"loglevel",
		"loglevel=",
		"quiet=1",
		"mem=0",
		"mem=1X",
		"mem=",
		"mem",
		"ktest=",
		"ktest",
		"ktest_timeout=0",
		"panic=maybe",
		"ktest_timeout=1.2.3",
		"highmem=yes",
		"fail_nth=0",
		"panic",
		"ktest_timeout=1e3",
	};
	const struct kernel_params before = kernel_params;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		parse(lines[i]);
		EXPECT_EQ(console_loglevel, 0);
		EXPECT_EQ(memcmp(&kernel_params, &before, sizeof(before)), 0);
		EXPECT_EQ(ktest_timeout, saved.timeout);
		restore_params();
		EXPECT_EQ(log_seen("Malformed kernel command line parameter"), 1);
	}
	parse("mem=64M mem=0");
	EXPECT_EQ(kernel_params.mem, 64 << 20);
	restore_params();
}

TEST("loglevel= takes every number from 0 to the largest, and 8 and more shows all messages")
{
	static const struct {
		const char *line;
		int level;
	} cases[] = { { "loglevel=0", 0 },   { "loglevel=1", 1 },
		      { "loglevel=7", 7 },   { "loglevel=8", 8 },
		      { "loglevel=9", 9 },   { "loglevel=10", 10 },
		      { "loglevel=15", 15 }, { "loglevel=2147483647", 2147483647 } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		parse(cases[i].line);
		EXPECT_EQ(console_loglevel, cases[i].level);
		restore_params();
		EXPECT_EQ(log_seen("command line"), 0);
	}
}

TEST("the largest value that a word allows is taken, and the next one is not")
{
	const int before = kptr_restrict;

	parse("kptr_restrict=2");
	EXPECT_EQ(kptr_restrict, 2);
	kptr_restrict = before;
	restore_params();
	EXPECT_EQ(log_seen("command line"), 0);
	parse("kptr_restrict=3");
	EXPECT_EQ(kptr_restrict, before);
	kptr_restrict = before;
	restore_params();
	EXPECT_EQ(log_seen("Malformed kernel command line parameter \"kptr_restrict=3\""), 1);
}

TEST("in a name, but not in a value, '-' and '_' are alike")
{
	parse("ktest-timeout=2 slab-debug=F-P init=a-b_c");
	EXPECT_EQ(ktest_timeout, 200);
	EXPECT_STREQ(kernel_params.slab_debug, "F-P");
	EXPECT_STREQ(kernel_params.init, "a-b_c");
	restore_params();
	EXPECT_EQ(log_seen("command line"), 0);
	parse("ktest--timeout=2 ktest-timeou=2 ktest-timeout-=2");
	restore_params();
	EXPECT_EQ(log_seen("Unknown kernel command line parameter"), 3);
}

TEST("a number may be decimal, hexadecimal or octal, with a suffix; a time has a fraction")
{
	parse("mem=0x10k ktest_timeout=1.25");
	EXPECT_EQ(kernel_params.mem, 16 << 10);
	EXPECT_EQ(ktest_timeout, 125);
	restore_params();
	parse("mem=017 ktest_timeout=.5");
	EXPECT_EQ(kernel_params.mem, 15);
	EXPECT_EQ(ktest_timeout, 50);
	restore_params();
}

TEST("of a word that comes twice the last one counts")
{
	parse("ktest=a ktest=b mem=1G mem=2G");
	EXPECT_STREQ(kernel_params.ktest, "b");
	EXPECT_EQ(kernel_params.mem, 2ULL << 30);
	restore_params();
}

TEST("a device's word takes a number, and what is none is told and changes nothing")
{
	const u64 mask = edu_dma_mask;

	parse("edu.dma_mask=0x40ffffff");
	restore_params();
	EXPECT_EQ(edu_dma_mask, 0x40ffffff);
	EXPECT_EQ(log_seen("Malformed kernel command line parameter"), 0);
	parse("edu.dma_mask=all edu.dma_mask");
	restore_params();
	EXPECT_EQ(edu_dma_mask, 0x40ffffff);
	EXPECT_EQ(log_seen("Malformed kernel command line parameter"), 2);
	edu_dma_mask = mask;
}
