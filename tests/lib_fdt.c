// SPDX-License-Identifier: MIT
// The device tree reader: a small tree built here, read back, and then damaged in every byte.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/fdt.h>
#include <lib/string.h>
#include <lib/util.h>

SUITE("fdt");

// ---- A builder just good enough for this file. Layout: header, reservations, structure, strings.

#define BLOB_MAX    1024
#define NAMES_MAX   192
#define BEGIN_NODE  1
#define END_NODE    2
#define PROP        3
#define NOP         4
#define END         9
#define RESERVE_OFF 40
#define STRUCT_OFF  (RESERVE_OFF + 2 * 16) // one entry and the terminator

static struct {
	u8 blob[BLOB_MAX];
	char names[NAMES_MAX];
	u32 at, names_len; // where the next token and the next name go
} b;

static void put32_at(u8 *blob, u32 at, u32 val)
{
	for (int i = 0; i < 4; i++)
		blob[at + i] = (u8)(val >> (24 - 8 * i));
}

static void put32(u32 val)
{
	put32_at(b.blob, b.at, val);
	b.at += 4;
}

static void put_bytes(const void *data, u32 len)
{
	memcpy(b.blob + b.at, data, len);
	b.at += ALIGN(len, 4U);
}

static void begin(const char *name)
{
	put32(BEGIN_NODE);
	put_bytes(name, strlen(name) + 1);
}

static void end(void)
{
	put32(END_NODE);
}

static u32 name_offset(const char *name)
{
	u32 at = 0;

	while (at < b.names_len && strcmp(b.names + at, name))
		at += strlen(b.names + at) + 1;
	if (at == b.names_len) {
		memcpy(b.names + at, name, strlen(name) + 1);
		b.names_len += strlen(name) + 1;
	}
	return at;
}

static void prop(const char *name, const void *data, u32 len)
{
	put32(PROP);
	put32(len);
	put32(name_offset(name));
	put_bytes(data, len);
}

static void prop_cells(const char *name, const u32 *cells, u32 count)
{
	u8 data[64];

	for (u32 i = 0; i < count; i++)
		put32_at(data, 4 * i, cells[i]);
	prop(name, data, 4 * count);
}

#define STRINGS(name, text) prop(name, text, sizeof(text))
#define CELLS(name, ...) \
	prop_cells(name, (const u32[]){ __VA_ARGS__ }, ARRAY_SIZE(((const u32[]){ __VA_ARGS__ })))

static void start_blob(void)
{
	memset(&b, 0, sizeof(b));
	b.at = RESERVE_OFF;
	put32(0);
	put32(0x48000000);
	put32(0);
	put32(0x00100000);
	b.at = STRUCT_OFF;
}

// Returns the size of the blob.
static u32 finish_blob(void)
{
	u32 strings, total;

	put32(END);
	strings = b.at;
	put_bytes(b.names, b.names_len);
	total = strings + b.names_len;
	b.at = 0;
	put32(FDT_MAGIC);
	put32(total);
	put32(STRUCT_OFF);
	put32(strings);
	put32(RESERVE_OFF);
	put32(17); // version
	put32(16); // last compatible version
	put32(0);  // boot CPU
	put32(b.names_len);
	put32(strings - STRUCT_OFF);
	return total;
}

static void build_soc(void)
{
	begin("soc");
	STRINGS("compatible", "simple-bus");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 1);
	CELLS("ranges", 0, 0, 0x09000000, 0x10000, 0x20000, 0x8, 0, 0x10000);
	begin("uart@1000");
	STRINGS("compatible", "arm,pl011\0arm,primecell");
	CELLS("phandle", 0x8001);
	CELLS("reg", 0x1000, 0x1000, 0x21000, 0x100);
	end();
	put32(NOP);
	begin("bridge");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 1);
	prop("ranges", NULL, 0);
	begin("timer@2000");
	CELLS("reg", 0x2000, 0x100, 0xf800, 0x1000);
	end();
	end();
	begin("secret@3000");
	STRINGS("compatible", "arm,pl011\0arm,primecell");
	STRINGS("status", "disabled");
	end();
	end();
}

// Returns the size of the blob in b.blob.
static u32 build_tree(void)
{
	start_blob();
	put32(NOP);
	begin("");
	STRINGS("compatible", "k896,test-board");
	put32(NOP);
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	begin("aliases");
	STRINGS("serial0", "/soc/uart@1000");
	end();
	begin("chosen");
	STRINGS("bootargs", "ktest=*");
	STRINGS("stdout-path", "serial0:115200n8");
	end();
	begin("memory@40000000");
	STRINGS("device_type", "memory");
	CELLS("reg", 0, 0x40000000, 0, 0x08000000, 0x8, 0x80000000, 0x1, 0);
	end();
	begin("cpus");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 0);
	begin("cpu@0");
	CELLS("reg", 0);
	prop("rough", "abc", 3);
	end();
	end();
	build_soc();
	end();
	put32(NOP);
	return finish_blob();
}

// ---- A sound tree.

TEST("a sound blob passes the check where cells are aligned, and only there")
{
	static u8 shifted[BLOB_MAX + 4] __aligned(4);
	u32 size = build_tree();

	EXPECT_EQ(fdt_totalsize(b.blob), size);
	EXPECT_EQ(fdt_check(b.blob, size), NULL);
	EXPECT_EQ(fdt_check(b.blob, sizeof(b.blob)), NULL);
	for (u32 i = 1; i < 4; i++) {
		memcpy(shifted + i, b.blob, size);
		EXPECT_NE(fdt_check(shifted + i, size), NULL);
	}
}

TEST("children, siblings and parents are found, with NOPs in between")
{
	fdt_node root, soc, node;

	build_tree();
	root = fdt_root(b.blob);
	EXPECT_STREQ(fdt_name(b.blob, root), "");
	EXPECT_EQ(fdt_parent(b.blob, root), -ENOENT);
	EXPECT_EQ(fdt_next_sibling(b.blob, root), -ENOENT);
	node = fdt_first_child(b.blob, root);
	EXPECT_STREQ(fdt_name(b.blob, node), "aliases");
	EXPECT_EQ(fdt_first_child(b.blob, node), -ENOENT);
	soc = fdt_path(b.blob, "/soc");
	EXPECT_EQ(fdt_next_sibling(b.blob, soc), -ENOENT);
	node = fdt_next_sibling(b.blob, fdt_first_child(b.blob, soc));
	EXPECT_STREQ(fdt_name(b.blob, node), "bridge");
	EXPECT_EQ(fdt_parent(b.blob, node), soc);
	EXPECT_EQ(fdt_parent(b.blob, soc), root);
}

TEST("a path is found with and without unit addresses, by alias, and up to a colon")
{
	fdt_node uart;

	build_tree();
	uart = fdt_path(b.blob, "/soc/uart@1000");
	ASSERT_TRUE(uart > 0);
	EXPECT_STREQ(fdt_name(b.blob, uart), "uart@1000");
	EXPECT_EQ(fdt_path(b.blob, "/soc/uart"), uart);
	EXPECT_EQ(fdt_path(b.blob, "serial0"), uart);
	EXPECT_EQ(fdt_path(b.blob, "/soc/uart@1000:115200"), uart);
	EXPECT_EQ(fdt_path(b.blob,
			   fdt_prop_string(b.blob, fdt_path(b.blob, "/chosen"), "stdout-path")),
		  uart);
	EXPECT_EQ(fdt_path(b.blob, "/"), fdt_root(b.blob));
	EXPECT_EQ(fdt_path(b.blob, "/soc/uart@10"), -ENOENT);
	EXPECT_EQ(fdt_path(b.blob, "/soc/uar"), -ENOENT);
	EXPECT_EQ(fdt_path(b.blob, "/soc/uart/x"), -ENOENT);
	EXPECT_EQ(fdt_path(b.blob, "/nowhere/uart"), -ENOENT);
	EXPECT_EQ(fdt_path(b.blob, "serial1"), -ENOENT);
	EXPECT_EQ(fdt_path(b.blob, "serial0/x"), -ENOENT);
	EXPECT_EQ(fdt_path(b.blob, ""), -ENOENT);
}

TEST("properties give their bytes, strings and cells, and nothing where there is none")
{
	fdt_node cpu, memory;
	int len;
	u32 val;

	build_tree();
	cpu = fdt_path(b.blob, "/cpus/cpu@0");
	memory = fdt_path(b.blob, "/memory");
	EXPECT_NE(fdt_prop(b.blob, cpu, "rough", &len), NULL);
	EXPECT_EQ(len, 3);
	EXPECT_EQ(fdt_prop_string(b.blob, cpu, "rough"), NULL);
	EXPECT_EQ(fdt_prop_u32(b.blob, cpu, "rough", 0, &val), -ENOENT);
	EXPECT_STREQ(fdt_prop_string(b.blob, memory, "device_type"), "memory");
	EXPECT_EQ(fdt_prop_u32(b.blob, memory, "reg", 3, &val), 0);
	EXPECT_EQ(val, 0x08000000);
	EXPECT_EQ(fdt_prop_u32(b.blob, memory, "reg", 8, &val), -ENOENT);
	EXPECT_EQ(fdt_prop_u32(b.blob, memory, "reg", -1, &val), -ENOENT);
	EXPECT_EQ(fdt_prop(b.blob, memory, "rough", &len), NULL);
	EXPECT_EQ(len, -ENOENT);
	EXPECT_EQ(fdt_prop(b.blob, -ENOENT, "reg", NULL), NULL);
	EXPECT_EQ(fdt_name(b.blob, -ENOENT), NULL);
}

TEST("a node is found by the number that others name it by")
{
	build_tree();
	EXPECT_EQ(fdt_by_phandle(b.blob, 0x8001), fdt_path(b.blob, "/soc/uart"));
	EXPECT_EQ(fdt_by_phandle(b.blob, 0x8000), -ENOENT);
	EXPECT_EQ(fdt_by_phandle(b.blob, 0), -ENOENT);
}

TEST("compatible nodes are found one after the other by any of their strings")
{
	fdt_node uart;

	build_tree();
	uart = fdt_path(b.blob, "/soc/uart");
	EXPECT_EQ(fdt_next_compatible(b.blob, -1, "arm,pl011"), uart);
	EXPECT_EQ(fdt_next_compatible(b.blob, -1, "arm,primecell"), uart);
	EXPECT_EQ(fdt_next_compatible(b.blob, uart, "arm,primecell"), -ENOENT);
	EXPECT_EQ(fdt_next_compatible(b.blob, -1, "k896,test-board"), fdt_root(b.blob));
	EXPECT_EQ(fdt_next_compatible(b.blob, -1, "arm,pl01"), -ENOENT);
}

TEST("a node whose status says so may not be used, and is not found as compatible")
{
	fdt_node uart, secret;

	build_tree();
	uart = fdt_path(b.blob, "/soc/uart");
	secret = fdt_path(b.blob, "/soc/secret");
	EXPECT_TRUE(fdt_is_available(b.blob, uart));
	EXPECT_FALSE(fdt_is_available(b.blob, secret));
	EXPECT_TRUE(fdt_is_compatible(b.blob, secret, "arm,pl011"));
	EXPECT_EQ(fdt_next_compatible(b.blob, uart, "arm,pl011"), -ENOENT);
}

TEST("all nodes are visited in the order of the document")
{
	static const char *const names[] = {
		"",    "aliases",   "chosen", "memory@40000000", "cpus",       "cpu@0",
		"soc", "uart@1000", "bridge", "timer@2000",      "secret@3000"
	};
	fdt_node node = -1;

	build_tree();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		node = fdt_next_node(b.blob, node);
		ASSERT_TRUE(node > 0);
		EXPECT_STREQ(fdt_name(b.blob, node), names[i]);
	}
	EXPECT_EQ(fdt_next_node(b.blob, node), -ENOENT);
}

TEST("reg is read with the bus's cells and translated through every ranges above")
{
	fdt_node node;
	u64 addr = 0, size = 0;

	build_tree();
	node = fdt_path(b.blob, "/memory");
	EXPECT_EQ(fdt_reg(b.blob, node, 1, &addr, &size), 0);
	EXPECT_EQ(addr, 0x880000000);
	EXPECT_EQ(size, 0x100000000);
	EXPECT_EQ(fdt_reg(b.blob, node, 2, &addr, &size), -ENOENT);
	EXPECT_EQ(fdt_reg(b.blob, node, -1, &addr, &size), -ENOENT);
	node = fdt_path(b.blob, "/soc/uart");
	EXPECT_EQ(fdt_reg(b.blob, node, 0, &addr, &size), 0);
	EXPECT_EQ(addr, 0x09001000);
	EXPECT_EQ(size, 0x1000);
	EXPECT_EQ(fdt_reg(b.blob, node, 1, &addr, &size), 0);
	EXPECT_EQ(addr, 0x800001000);
	node = fdt_path(b.blob, "/soc/bridge/timer");
	EXPECT_EQ(fdt_reg(b.blob, node, 0, &addr, &size), 0);
	EXPECT_EQ(addr, 0x09002000);
}

TEST("reg that no ranges covers has no address")
{
	u64 addr = 896, size = 896;

	build_tree();
	EXPECT_EQ(fdt_reg(b.blob, fdt_path(b.blob, "/soc/bridge/timer"), 1, &addr, &size), -ENOENT);
	EXPECT_EQ(fdt_reg(b.blob, fdt_path(b.blob, "/cpus/cpu"), 0, &addr, &size), -ENOENT);
	EXPECT_EQ(fdt_reg(b.blob, fdt_path(b.blob, "/chosen"), 0, &addr, &size), -ENOENT);
	EXPECT_EQ(fdt_reg(b.blob, fdt_root(b.blob), 0, &addr, &size), -ENOENT);
	EXPECT_EQ(addr, 896);
	EXPECT_EQ(size, 896);
}

TEST("memory reservations are listed up to the entry of zeros")
{
	u64 addr = 0, size = 0;

	build_tree();
	EXPECT_EQ(fdt_mem_rsv(b.blob, 0, &addr, &size), 0);
	EXPECT_EQ(addr, 0x48000000);
	EXPECT_EQ(size, 0x00100000);
	EXPECT_EQ(fdt_mem_rsv(b.blob, 1, &addr, &size), -ENOENT);
	EXPECT_EQ(fdt_mem_rsv(b.blob, -1, &addr, &size), -ENOENT);
}

// ---- Damaged trees.

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
	u32 size = build_tree();

	put32_at(b.blob, field, val);
	return fdt_check(b.blob, size);
}

TEST("a header with an impossible size, offset or version is refused")
{
	u32 size = build_tree();

	EXPECT_TRUE(refused_with(0, 0xd00dfeee));
	EXPECT_EQ(fdt_totalsize(b.blob), 0);
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
}

TEST("version 16, which does not tell the size of its structure block, is read as well")
{
	u32 size = build_tree();

	put32_at(b.blob, HDR_VERSION, 16);
	put32_at(b.blob, HDR_SIZE_STRUCT, 0xffffffff);
	EXPECT_EQ(fdt_check(b.blob, size), NULL);
}

static const char *check_finished(void)
{
	return fdt_check(b.blob, finish_blob());
}

TEST("tokens that do not make one tree are refused")
{
	start_blob();
	EXPECT_NE(check_finished(), NULL); // no root
	start_blob();
	begin("");
	EXPECT_NE(check_finished(), NULL); // no end
	start_blob();
	end();
	EXPECT_NE(check_finished(), NULL); // an end too many
	start_blob();
	begin("");
	end();
	begin("");
	end();
	EXPECT_NE(check_finished(), NULL); // two roots
	start_blob();
	begin("");
	begin("child");
	end();
	CELLS("late", 1);
	end();
	EXPECT_NE(check_finished(), NULL); // a property behind a child
	start_blob();
	begin("");
	put32(5);
	end();
	EXPECT_NE(check_finished(), NULL); // no such token
}

#define PROP_LENGTH 4
#define PROP_NAME   8

// Checks a tree of one property, where one field of its token was changed.
static const char *check_property(u32 field, u32 val)
{
	u32 at, size;

	start_blob();
	begin("");
	at = b.at;
	CELLS("reg", 1);
	end();
	size = finish_blob();
	put32_at(b.blob, at + field, val);
	return fdt_check(b.blob, size);
}

TEST("a property whose length or name leads out of its block, or around 4 GB, is refused")
{
	u32 strings;

	EXPECT_EQ(check_property(PROP_LENGTH, 4), NULL);
	EXPECT_NE(check_property(PROP_LENGTH, 16), NULL);
	EXPECT_NE(check_property(PROP_LENGTH, (u32)-12), NULL); // the token itself is next
	EXPECT_NE(check_property(PROP_LENGTH, (u32)-20), NULL); // the one before it
	EXPECT_NE(check_property(PROP_NAME, sizeof("reg")), NULL);
	strings = (u32)b.blob[HDR_OFF_STRINGS + 3];
	EXPECT_NE(check_property(PROP_NAME, STRUCT_OFF - strings), NULL);
}

// A chain of so many nodes.
static const char *check_chain(int depth)
{
	start_blob();
	for (int i = 0; i < depth; i++)
		begin("");
	for (int i = 0; i < depth; i++)
		end();
	return check_finished();
}

TEST("nodes may be nested 32 deep and no deeper")
{
	EXPECT_EQ(check_chain(32), NULL);
	EXPECT_NE(check_chain(33), NULL);
}

// The damaged copy ends where this array ends, as far as its alignment allows, so that a sanitizer sees a
// step beyond.
static u8 damaged[BLOB_MAX] __aligned(4);

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
	u32 steps = 0;

	do
		node = fdt_next_compatible(blob, node, "arm,primecell");
	while (node >= 0 && steps++ < size);
	node = fdt_path(blob, "serial0:115200");
	if (node >= 0 && !inside(blob, size, blob + node, 1))
		return false;
	for (int i = 0; !fdt_mem_rsv(blob, i, &addr, &bytes); i++)
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
	u32 size = build_tree();
	int accepted = 0;

	for (u32 cut = 0; cut < size; cut++) {
		u8 *copy = damaged + BLOB_MAX - ALIGN(cut, 4U);

		memcpy(copy, b.blob, cut);
		accepted += !fdt_check(copy, cut);
	}
	EXPECT_EQ(accepted, 0);
}

// The blob cut short, with a header that agrees: version 16, where the structure goes on to the end,
// and all of it taken for strings.
static void copy_cut(u8 *copy, u32 cut)
{
	memcpy(copy, b.blob, cut);
	put32_at(copy, HDR_TOTALSIZE, cut);
	put32_at(copy, HDR_VERSION, 16);
	put32_at(copy, HDR_OFF_STRINGS, 0);
	put32_at(copy, HDR_SIZE_STRINGS, cut);
}

TEST("a blob cut at any length that claims to be whole is refused or read without leaving it")
{
	u32 size = build_tree(), accepted = 0;
	int harmful = 0;

	for (u32 cut = FDT_HEADER_SIZE; cut < size; cut++) {
		u8 *copy = damaged + BLOB_MAX - ALIGN(cut, 4U);

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
	u32 size = build_tree();
	u8 *copy = damaged + BLOB_MAX - ALIGN(size, 4U);
	int harmful = 0;

	memcpy(copy, b.blob, size);
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
