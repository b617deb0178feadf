// SPDX-License-Identifier: MIT
// Patterns: *, ? and [a-z].

#include <kernel/ktest.h>
#include <lib/glob.h>

SUITE("glob");

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
