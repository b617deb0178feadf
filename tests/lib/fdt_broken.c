// SPDX-License-Identifier: MIT
// The device tree reader and a broken tree: with a wrong header or token, cut at any byte, with any byte
// wrong. What fdt_check() refuses is read no further; what it lets pass can be read without leaving the blob.

#include <kernel/ktest.h>
#include <lib/fdt.h>
#include <lib/string.h>
#include <lib/util.h>

#include "fdt_tree.h"

SUITE("fdt_broken");

// Where the header's fields are (5.2 of the specification).
#define HDR_TOTALSIZE    4
#define HDR_OFF_STRUCT   8
#define HDR_OFF_STRINGS  12
#define HDR_OFF_RESERVE  16
#define HDR_VERSION      20
#define HDR_LAST_COMP    24
#define HDR_SIZE_STRINGS 32
#define HDR_SIZE_STRUCT  36

// Whether the check refuses the sound tree with this one header field changed.
static bool refused_with(u32 field, u32 val)
{
	u32 size = tree_build();

	tree_set32(tree.blob, field, val);
	return fdt_check(tree.blob, size);
}

TEST("a header with an impossible size, offset or version is refused")
{
	u32 size = tree_build();

	EXPECT_TRUE(refused_with(0, 0xd00dfeee));
	EXPECT_EQ(fdt_totalsize(tree.blob), 0);
	EXPECT_TRUE(refused_with(HDR_TOTALSIZE, size + 1));
	EXPECT_TRUE(refused_with(HDR_TOTALSIZE, FDT_HEADER_SIZE - 1));
	EXPECT_TRUE(refused_with(HDR_TOTALSIZE, 0xffffffff));
	EXPECT_TRUE(refused_with(HDR_OFF_STRUCT, STRUCT_OFF + 2));
	EXPECT_TRUE(refused_with(HDR_OFF_STRUCT, 0xfffffffc));
	EXPECT_TRUE(refused_with(HDR_SIZE_STRUCT, 0xffffffff - STRUCT_OFF + 5));
	EXPECT_TRUE(refused_with(HDR_OFF_RESERVE, 0xfffffff8));
	EXPECT_TRUE(refused_with(HDR_OFF_RESERVE, RESERVE_OFF + 16 + 2)); // 16 zeros, but unaligned
	EXPECT_TRUE(refused_with(HDR_SIZE_STRINGS, 0xffffffff));
	EXPECT_TRUE(refused_with(HDR_VERSION, 15));
	EXPECT_TRUE(refused_with(HDR_LAST_COMP, 18));
	EXPECT_FALSE(refused_with(HDR_VERSION, 18));
	tree_build();
	tree_set32(tree.blob, HDR_VERSION, 16);
	tree_set32(tree.blob, HDR_LAST_COMP, 17);
	EXPECT_NE(fdt_check(tree.blob, size), NULL); // compatible with less than itself
}

TEST("a header whose blocks begin inside the header is refused")
{
	u32 size = tree_build();

	EXPECT_TRUE(refused_with(HDR_OFF_STRINGS, FDT_HEADER_SIZE - 1));
	EXPECT_TRUE(refused_with(HDR_OFF_STRINGS, 0));
	EXPECT_TRUE(refused_with(HDR_OFF_STRUCT, FDT_HEADER_SIZE - 4));
	EXPECT_TRUE(refused_with(HDR_OFF_RESERVE, FDT_HEADER_SIZE - 8));
	EXPECT_TRUE(refused_with(HDR_OFF_RESERVE, 0));
	tree_build();
	tree_set32(tree.blob, HDR_VERSION, 16); // one word shorter
	tree_set32(tree.blob, HDR_OFF_RESERVE, FDT_HEADER_SIZE - 8);
	EXPECT_NE(fdt_check(tree.blob, size), NULL);
}

TEST("version 16, which does not tell the size of its structure block, is read as well")
{
	u32 size = tree_build();

	tree_set32(tree.blob, HDR_VERSION, 16);
	tree_set32(tree.blob, HDR_SIZE_STRUCT, 0xffffffff);
	EXPECT_EQ(fdt_check(tree.blob, size), NULL);
}

static const char *check_finished(void)
{
	return fdt_check(tree.blob, tree_finish());
}

TEST("tokens that do not make one tree are refused")
{
	tree_start();
	EXPECT_NE(check_finished(), NULL); // no root
	tree_start();
	tree_begin("");
	EXPECT_NE(check_finished(), NULL); // no end
	tree_start();
	tree_end();
	EXPECT_NE(check_finished(), NULL); // an end too many
	tree_start();
	tree_begin("");
	tree_end();
	tree_begin("");
	tree_end();
	EXPECT_NE(check_finished(), NULL); // two roots
	tree_start();
	tree_begin("");
	tree_begin("child");
	tree_end();
	TREE_CELLS("late", 1);
	tree_end();
	EXPECT_NE(check_finished(), NULL); // a property behind a child
	tree_start();
	tree_begin("");
	tree_put32(5);
	tree_end();
	EXPECT_NE(check_finished(), NULL); // no such token
	tree_start();
	tree_begin("board");
	tree_end();
	EXPECT_NE(check_finished(), NULL); // a root with a name
}

#define PROP_LENGTH 4
#define PROP_NAME   8

// Checks a tree of one property, where one field of its token was changed.
static const char *check_property(u32 field, u32 val)
{
	u32 at, size;

	tree_start();
	tree_begin("");
	at = tree.at;
	TREE_CELLS("reg", 1);
	tree_end();
	size = tree_finish();
	tree_set32(tree.blob, at + field, val);
	return fdt_check(tree.blob, size);
}

TEST("a property whose length or name leads out of its block, or around 4 GB, is refused")
{
	u32 strings;

	EXPECT_EQ(check_property(PROP_LENGTH, 4), NULL);
	EXPECT_NE(check_property(PROP_LENGTH, 16), NULL);
	EXPECT_NE(check_property(PROP_LENGTH, (u32)-12), NULL); // the token itself is next
	EXPECT_NE(check_property(PROP_LENGTH, (u32)-20), NULL); // the one before it
	EXPECT_NE(check_property(PROP_NAME, sizeof("reg")), NULL);
	EXPECT_EQ(check_property(PROP_NAME, sizeof("reg") - 1), NULL); // an empty name
	strings = (u32)tree.blob[HDR_OFF_STRINGS + 3];
	EXPECT_NE(check_property(PROP_NAME, STRUCT_OFF - strings), NULL);
}

// A chain of so many nodes.
static const char *check_chain(int depth)
{
	tree_start();
	tree_begin("");
	for (int i = 1; i < depth; i++)
		tree_begin("n");
	for (int i = 0; i < depth; i++)
		tree_end();
	return check_finished();
}

TEST("the last name of the strings block must end there, if a property has it")
{
	u32 at, size, names;

	tree_start();
	tree_begin("");
	at = tree.at;
	TREE_CELLS("reg", 1);
	TREE_CELLS("ranges", 1);
	tree_end();
	size = tree_finish();
	names = tree.names_len;
	tree_set32(tree.blob, HDR_SIZE_STRINGS, names - 1); // without the NUL of "ranges"
	EXPECT_NE(fdt_check(tree.blob, size), NULL);
	tree_set32(tree.blob, at + 16 + PROP_NAME, 0);
	EXPECT_EQ(fdt_check(tree.blob, size), NULL);
	tree_set32(tree.blob, at + 16 + PROP_NAME, sizeof("reg") - 1);
	EXPECT_EQ(fdt_check(tree.blob, size), NULL);
	tree_set32(tree.blob, at + 16 + PROP_NAME, sizeof("reg"));
	EXPECT_NE(fdt_check(tree.blob, size), NULL);
}

TEST("nodes may be nested 32 deep and no deeper")
{
	EXPECT_EQ(check_chain(32), NULL);
	EXPECT_NE(check_chain(33), NULL);
}

// The damaged copy ends where this array ends, as far as its alignment allows, so that a sanitizer sees a
// step beyond.
static u8 damaged[TREE_MAX] __aligned(4);

static bool inside(const u8 *blob, u32 size, const void *p, u32 len)
{
	return (const u8 *)p >= blob && (const u8 *)p + len <= blob + size;
}

// Asks everything there is to ask about a node. False when an answer lies outside of the blob.
static bool node_stays_inside(const u8 *blob, u32 size, fdt_node node)
{
	static const char *const names[] = { "reg", "ranges", "bootargs", "rough" };
	const char *name = fdt_name(blob, node);
	u64 addr, bytes;
	bool ok = inside(blob, size, name, strlen(name) + 1);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int len;
		const void *p = fdt_prop(blob, node, names[i], &len);
		const char *s = fdt_prop_string(blob, node, names[i]);

		ok &= !p || (len >= 0 && inside(blob, size, p, (u32)len));
		ok &= !s || inside(blob, size, s, strlen(s) + 1);
	}
	for (int i = 0; i < 2; i++)
		(void)fdt_reg(blob, node, i, &addr, &bytes);
	(void)fdt_is_available(blob, node);
	return ok;
}

// Walks the whole tree by children, siblings and parents. False when a step leaves the blob, does
// not come back to where it came from, or there is no end.
static bool walk_stays_inside(const u8 *blob, u32 size)
{
	fdt_node node = fdt_root(blob), next;
	u32 steps = 0;

	while (node >= 0) {
		if (steps++ > size || !node_stays_inside(blob, size, node))
			return false;
		next = fdt_first_child(blob, node);
		if (next >= 0 && fdt_parent(blob, next) != node)
			return false;
		while (next < 0 && node >= 0) {
			next = fdt_next_sibling(blob, node);
			if (next < 0)
				node = fdt_parent(blob, node);
		}
		node = next;
	}
	return true;
}

static bool searches_end(const u8 *blob, u32 size)
{
	fdt_node node = -1;
	u64 addr, bytes;
	u32 steps = 0, pos = 0;

	do
		node = fdt_next_compatible(blob, node, "k896,serial");
	while (node >= 0 && steps++ < size);
	node = fdt_path(blob, "serial0:115200");
	if (node >= 0 && !inside(blob, size, blob + node, 1))
		return false;
	while (fdt_next_mem_rsv(blob, &pos, &addr, &bytes))
		steps++;
	return steps < size;
}

// Whether the copy is refused, or can be read through without leaving it.
static bool harmless(const u8 *blob, u32 size)
{
	return fdt_check(blob, size) || (walk_stays_inside(blob, size) && searches_end(blob, size));
}

TEST("a blob cut at any length is refused")
{
	u32 size = tree_build();
	int accepted = 0;

	for (u32 cut = 0; cut < size; cut++) {
		u8 *copy = damaged + TREE_MAX - ALIGN(cut, 4U);

		memcpy(copy, tree.blob, cut);
		accepted += !fdt_check(copy, cut);
	}
	EXPECT_EQ(accepted, 0);
}

// The blob cut short, with a header that agrees: version 16, where the structure goes on to the end,
// and all of it but the header taken for strings.
static void copy_cut(u8 *copy, u32 cut)
{
	memcpy(copy, tree.blob, cut);
	tree_set32(copy, HDR_TOTALSIZE, cut);
	tree_set32(copy, HDR_VERSION, 16);
	tree_set32(copy, HDR_OFF_STRINGS, FDT_HEADER_SIZE);
	tree_set32(copy, HDR_SIZE_STRINGS, cut - FDT_HEADER_SIZE);
}

TEST("a blob cut at any length that claims to be whole is refused or read without leaving it")
{
	u32 size = tree_build(), accepted = 0;
	int harmful = 0;

	for (u32 cut = FDT_HEADER_SIZE; cut < size; cut++) {
		u8 *copy = damaged + TREE_MAX - ALIGN(cut, 4U);

		copy_cut(copy, cut);
		accepted += !fdt_check(copy, cut);
		harmful += !harmless(copy, cut);
	}
	EXPECT_EQ(harmful, 0);
	EXPECT_GT(accepted, 0); // those cut inside the strings
}

TEST("a blob with any one byte wrong is refused or read without leaving it")
{
	static const u8 flips[] = { 0xff, 0x05 };
	u32 size = tree_build();
	u8 *copy = damaged + TREE_MAX - ALIGN(size, 4U);
	int harmful = 0;

	memcpy(copy, tree.blob, size);
	EXPECT_TRUE(harmless(copy, size));
	for (u32 at = 0; at < size; at++) {
		for (size_t i = 0; i < ARRAY_SIZE(flips); i++) {
			copy[at] ^= flips[i];
			harmful += !harmless(copy, size);
			copy[at] ^= flips[i];
		}
	}
	EXPECT_EQ(harmful, 0);
}
