// SPDX-License-Identifier: MIT
// The device tree reader: a small tree, read back.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/fdt.h>
#include <lib/string.h>
#include <lib/util.h>

#include "fdt_tree.h"

SUITE("fdt");

TEST("a sound blob passes the check where cells are aligned, and only there")
{
	static u8 shifted[TREE_MAX + 4] __aligned(4);
	u32 size = tree_build();

	EXPECT_EQ(fdt_totalsize(tree.blob), size);
	EXPECT_EQ(fdt_check(tree.blob, size), NULL);
	EXPECT_EQ(fdt_check(tree.blob, sizeof(tree.blob)), NULL);
	for (u32 i = 1; i < 4; i++) {
		memcpy(shifted + i, tree.blob, size);
		EXPECT_NE(fdt_check(shifted + i, size), NULL);
	}
}

TEST("children, siblings and parents are found, with NOPs in between")
{
	fdt_node root, soc, node;

	tree_build();
	root = fdt_root(tree.blob);
	EXPECT_STREQ(fdt_name(tree.blob, root), "");
	EXPECT_EQ(fdt_parent(tree.blob, root), -ENOENT);
	EXPECT_EQ(fdt_next_sibling(tree.blob, root), -ENOENT);
	node = fdt_first_child(tree.blob, root);
	EXPECT_STREQ(fdt_name(tree.blob, node), "aliases");
	EXPECT_EQ(fdt_first_child(tree.blob, node), -ENOENT);
	soc = fdt_path(tree.blob, "/soc");
	EXPECT_EQ(fdt_next_sibling(tree.blob, soc), -ENOENT);
	node = fdt_next_sibling(tree.blob, fdt_first_child(tree.blob, soc));
	EXPECT_STREQ(fdt_name(tree.blob, node), "bridge");
	EXPECT_EQ(fdt_parent(tree.blob, node), soc);
	EXPECT_EQ(fdt_parent(tree.blob, soc), root);
}

TEST("a path is found with and without unit addresses, by alias, and up to a colon")
{
	fdt_node uart;

	tree_build();
	uart = fdt_path(tree.blob, "/soc/uart@1000");
	ASSERT_TRUE(uart > 0);
	EXPECT_STREQ(fdt_name(tree.blob, uart), "uart@1000");
	EXPECT_EQ(fdt_path(tree.blob, "/soc/uart"), uart);
	EXPECT_EQ(fdt_path(tree.blob, "serial0"), uart);
	EXPECT_EQ(fdt_path(tree.blob, "/soc/uart@1000:115200"), uart);
	EXPECT_EQ(fdt_path(tree.blob, fdt_prop_string(tree.blob, fdt_path(tree.blob, "/chosen"),
						      "stdout-path")),
		  uart);
	EXPECT_EQ(fdt_path(tree.blob, "/"), fdt_root(tree.blob));
	EXPECT_EQ(fdt_path(tree.blob, "/soc/uart@10"), -ENOENT);
	EXPECT_EQ(fdt_path(tree.blob, "/soc/uar"), -ENOENT);
	EXPECT_EQ(fdt_path(tree.blob, "/soc/uart/x"), -ENOENT);
	EXPECT_EQ(fdt_path(tree.blob, "/nowhere/uart"), -ENOENT);
	EXPECT_EQ(fdt_path(tree.blob, "serial1"), -ENOENT);
	EXPECT_EQ(fdt_path(tree.blob, "serial0/x"), -ENOENT);
	EXPECT_EQ(fdt_path(tree.blob, ""), -ENOENT);
}

TEST("properties give their bytes, strings and cells, and nothing where there is none")
{
	fdt_node cpu, memory;
	int len;
	u32 val;

	tree_build();
	cpu = fdt_path(tree.blob, "/cpus/cpu@0");
	memory = fdt_path(tree.blob, "/memory");
	EXPECT_NE(fdt_prop(tree.blob, cpu, "rough", &len), NULL);
	EXPECT_EQ(len, 3);
	EXPECT_EQ(fdt_prop_string(tree.blob, cpu, "rough"), NULL);
	EXPECT_EQ(fdt_prop_u32(tree.blob, cpu, "rough", 0, &val), -ENOENT);
	EXPECT_STREQ(fdt_prop_string(tree.blob, memory, "device_type"), "memory");
	EXPECT_EQ(fdt_prop_u32(tree.blob, memory, "reg", 3, &val), 0);
	EXPECT_EQ(val, 0x08000000);
	EXPECT_EQ(fdt_prop_u32(tree.blob, memory, "reg", 8, &val), -ENOENT);
	EXPECT_EQ(fdt_prop_u32(tree.blob, memory, "reg", -1, &val), -ENOENT);
	EXPECT_EQ(fdt_prop(tree.blob, memory, "rough", &len), NULL);
	EXPECT_EQ(len, -ENOENT);
	EXPECT_EQ(fdt_prop(tree.blob, -ENOENT, "reg", NULL), NULL);
	EXPECT_EQ(fdt_name(tree.blob, -ENOENT), NULL);
}

TEST("a node is found by the number that others name it by")
{
	tree_build();
	EXPECT_EQ(fdt_by_phandle(tree.blob, 0x8001), fdt_path(tree.blob, "/soc/uart"));
	EXPECT_EQ(fdt_by_phandle(tree.blob, 0x8000), -ENOENT);
	EXPECT_EQ(fdt_by_phandle(tree.blob, 0), -ENOENT);
}

TEST("compatible nodes are found one after the other by any of their strings")
{
	fdt_node uart;

	tree_build();
	uart = fdt_path(tree.blob, "/soc/uart");
	EXPECT_EQ(fdt_next_compatible(tree.blob, -1, "k896,uart"), uart);
	EXPECT_EQ(fdt_next_compatible(tree.blob, -1, "k896,serial"), uart);
	EXPECT_EQ(fdt_next_compatible(tree.blob, uart, "k896,serial"), -ENOENT);
	EXPECT_EQ(fdt_next_compatible(tree.blob, -1, "k896,test-board"), fdt_root(tree.blob));
	EXPECT_EQ(fdt_next_compatible(tree.blob, -1, "k896,uar"), -ENOENT);
}

TEST("a node whose status says so may not be used, and is not found as compatible")
{
	fdt_node uart, secret;

	tree_build();
	uart = fdt_path(tree.blob, "/soc/uart");
	secret = fdt_path(tree.blob, "/soc/secret");
	EXPECT_TRUE(fdt_is_available(tree.blob, uart));
	EXPECT_FALSE(fdt_is_available(tree.blob, secret));
	EXPECT_TRUE(fdt_is_compatible(tree.blob, secret, "k896,uart"));
	EXPECT_EQ(fdt_next_compatible(tree.blob, uart, "k896,uart"), -ENOENT);
}

TEST("a node below one that is disabled may not be used, whatever its own status says")
{
	fdt_node lamp, dark;

	tree_build();
	dark = fdt_path(tree.blob, "/soc/dark/bus/lamp");
	lamp = fdt_path(tree.blob, "/soc/lamp");
	ASSERT_TRUE(dark > 0 && lamp > 0);
	EXPECT_TRUE(fdt_is_enabled(tree.blob, dark));
	EXPECT_FALSE(fdt_is_available(tree.blob, dark));
	EXPECT_FALSE(fdt_is_available(tree.blob, fdt_path(tree.blob, "/soc/dark/bus")));
	EXPECT_TRUE(fdt_is_available(tree.blob, lamp));
	EXPECT_EQ(fdt_next_compatible(tree.blob, -1, "k896,lamp"), lamp);
	EXPECT_EQ(fdt_next_compatible(tree.blob, lamp, "k896,lamp"), -ENOENT);
	EXPECT_FALSE(fdt_is_available(tree.blob, -ENOENT));
	EXPECT_FALSE(fdt_is_enabled(tree.blob, -ENOENT));
}

// Compares the names of the nodes that `next` visits with a list that ends with NULL.
static void expect_nodes(fdt_node (*next)(const void *fdt, fdt_node from), const char *const *names)
{
	fdt_node node = -1;

	for (; *names; names++) {
		node = next(tree.blob, node);
		ASSERT_TRUE(node > 0);
		EXPECT_STREQ(fdt_name(tree.blob, node), *names);
	}
	EXPECT_EQ(next(tree.blob, node), -ENOENT);
}

TEST("all nodes are visited in the order of the document, or all that may be used")
{
	static const char *const all[] = { "",       "aliases",    "chosen",      "memory@40000000",
					   "cpus",   "cpu@0",      "soc",         "uart@1000",
					   "bridge", "timer@2000", "secret@3000", "dark",
					   "bus",    "lamp@4000",  "lamp@5000",   NULL };
	static const char *const available[] = {
		"",    "aliases",   "chosen", "memory@40000000", "cpus",      "cpu@0",
		"soc", "uart@1000", "bridge", "timer@2000",      "lamp@5000", NULL
	};

	tree_build();
	expect_nodes(fdt_next_node, all);
	expect_nodes(fdt_next_available, available);
}

TEST("reg is read with the bus's cells and translated through every ranges above")
{
	fdt_node node;
	u64 addr = 0, size = 0;

	tree_build();
	node = fdt_path(tree.blob, "/memory");
	EXPECT_EQ(fdt_reg(tree.blob, node, 1, &addr, &size), 0);
	EXPECT_EQ(addr, 0x880000000);
	EXPECT_EQ(size, 0x100000000);
	EXPECT_EQ(fdt_reg(tree.blob, node, 2, &addr, &size), -ENOENT);
	EXPECT_EQ(fdt_reg(tree.blob, node, -1, &addr, &size), -ENOENT);
	node = fdt_path(tree.blob, "/soc/uart");
	EXPECT_EQ(fdt_reg(tree.blob, node, 0, &addr, &size), 0);
	EXPECT_EQ(addr, 0x09001000);
	EXPECT_EQ(size, 0x1000);
	EXPECT_EQ(fdt_reg(tree.blob, node, 1, &addr, &size), 0);
	EXPECT_EQ(addr, 0x800001000);
	node = fdt_path(tree.blob, "/soc/bridge/timer");
	EXPECT_EQ(fdt_reg(tree.blob, node, 0, &addr, &size), 0);
	EXPECT_EQ(addr, 0x09002000);
}

TEST("reg that no ranges covers has no address")
{
	u64 addr = 896, size = 896;

	tree_build();
	EXPECT_EQ(fdt_reg(tree.blob, fdt_path(tree.blob, "/soc/bridge/timer"), 1, &addr, &size),
		  -EINVAL);
	EXPECT_EQ(fdt_reg(tree.blob, fdt_path(tree.blob, "/cpus/cpu"), 0, &addr, &size), -EINVAL);
	EXPECT_EQ(fdt_reg(tree.blob, fdt_path(tree.blob, "/chosen"), 0, &addr, &size), -ENOENT);
	EXPECT_EQ(fdt_reg(tree.blob, fdt_root(tree.blob), 0, &addr, &size), -ENOENT);
	EXPECT_EQ(addr, 896);
	EXPECT_EQ(size, 896);
}

// A bus with these cells, and one child with this reg. Reads entry `index`; *addr and *size are set if it is 0.
static int read_odd(u32 address_cells, u32 size_cells, u32 reg_cells, int index, u64 *addr,
		    u64 *size)
{
	static const u32 numbers[] = { 1, 2, 3, 4, 5, 6 };

	tree_start();
	tree_begin("");
	TREE_CELLS("#address-cells", address_cells);
	TREE_CELLS("#size-cells", size_cells);
	tree_begin("odd");
	tree_cells("reg", numbers, reg_cells);
	tree_end();
	tree_end();
	tree_finish();
	return fdt_reg(tree.blob, fdt_path(tree.blob, "/odd"), index, addr, size);
}

TEST("reg that is not a whole number of entries, or has too many cells, is not read at all")
{
	u64 addr = 0, size = 0;

	EXPECT_EQ(read_odd(2, 1, 3, 0, &addr, &size), 0);
	EXPECT_EQ(addr, 0x100000002);
	EXPECT_EQ(size, 3);
	EXPECT_EQ(read_odd(2, 1, 3, 1, &addr, &size), -ENOENT);
	EXPECT_EQ(read_odd(2, 1, 4, 0, &addr, &size), -EINVAL);
	EXPECT_EQ(read_odd(2, 1, 2, 0, &addr, &size), -EINVAL);
	EXPECT_EQ(read_odd(2, 1, 0, 0, &addr, &size), -EINVAL);
	EXPECT_EQ(read_odd(3, 1, 4, 0, &addr, &size), -EINVAL);
	EXPECT_EQ(read_odd(1, 3, 4, 0, &addr, &size), -EINVAL);
	EXPECT_EQ(read_odd(0, 1, 1, 0, &addr, &size), -EINVAL);
	EXPECT_EQ(read_odd(1, 0, 2, 1, &addr, &size), 0);
	EXPECT_EQ(addr, 2);
	EXPECT_EQ(size, 0);
}

TEST("children are read by their bus as they are one by one")
{
	u64 addr = 0, size = 0;
	struct fdt_bus bus;
	fdt_node bridge;

	tree_build();
	bridge = fdt_path(tree.blob, "/soc/bridge");
	EXPECT_EQ(fdt_bus(tree.blob, bridge, &bus), 0);
	EXPECT_EQ(fdt_bus_reg(tree.blob, &bus, fdt_first_child(tree.blob, bridge), 0, &addr, &size),
		  0);
	EXPECT_EQ(addr, 0x09002000);
	EXPECT_EQ(size, 0x100);
	EXPECT_EQ(fdt_bus(tree.blob, fdt_root(tree.blob), &bus), 0);
	EXPECT_EQ(fdt_bus_reg(tree.blob, &bus, fdt_path(tree.blob, "/memory"), 1, &addr, &size), 0);
	EXPECT_EQ(addr, 0x880000000);
	EXPECT_EQ(fdt_bus_reg(tree.blob, &bus, -ENOENT, 0, &addr, &size), -ENOENT);
	EXPECT_EQ(fdt_bus(tree.blob, -ENOENT, &bus), -ENOENT);
}

TEST("memory reservations are listed up to the entry of zeros")
{
	u64 addr = 0, size = 0;
	u32 pos = 0;

	tree_build();
	EXPECT_TRUE(fdt_next_mem_rsv(tree.blob, &pos, &addr, &size));
	EXPECT_EQ(addr, 0x48000000);
	EXPECT_EQ(size, 0x00100000);
	EXPECT_FALSE(fdt_next_mem_rsv(tree.blob, &pos, &addr, &size));
	EXPECT_FALSE(fdt_next_mem_rsv(tree.blob, &pos, &addr, &size));
}

TEST("each memory reservation is found, in the tree's order")
{
	const u32 header_off_reserve = 16, entries = TREE_MAX - 4 * 16;
	u64 addr = 0, size = 0;
	u32 pos = 0;

	tree_build();
	tree_set32(tree.blob, header_off_reserve, entries);
	for (u32 i = 0; i < 4 * 4; i++) // 2 entries of 4 words, and one of zeros
		tree_set32(tree.blob, entries + 4 * i, i < 8 ? i + 1 : 0);
	EXPECT_TRUE(fdt_next_mem_rsv(tree.blob, &pos, &addr, &size));
	EXPECT_EQ(addr, 0x100000002);
	EXPECT_EQ(size, 0x300000004);
	EXPECT_TRUE(fdt_next_mem_rsv(tree.blob, &pos, &addr, &size));
	EXPECT_EQ(addr, 0x500000006);
	EXPECT_EQ(size, 0x700000008);
	EXPECT_FALSE(fdt_next_mem_rsv(tree.blob, &pos, &addr, &size));
}
