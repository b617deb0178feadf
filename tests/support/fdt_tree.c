// SPDX-License-Identifier: MIT
// A builder of device trees, just good enough for tests. Layout: header, reservations, structure, strings.

#include <lib/fdt.h>
#include <lib/string.h>
#include <lib/util.h>

#include "fdt_tree.h"

// Tokens of the structure block (5.4.1 of the specification).
#define BEGIN_NODE 1
#define END_NODE   2
#define PROP       3
#define END        9

struct fdt_tree tree;

void tree_set32(u8 *blob, u32 at, u32 val)
{
	for (int i = 0; i < 4; i++)
		blob[at + i] = (u8)(val >> (24 - 8 * i));
}

void tree_put32(u32 val)
{
	tree_set32(tree.blob, tree.at, val);
	tree.at += 4;
}

static void put_bytes(const void *data, u32 len)
{
	memcpy(tree.blob + tree.at, data, len);
	tree.at += ALIGN(len, 4U);
}

void tree_begin(const char *name)
{
	tree_put32(BEGIN_NODE);
	put_bytes(name, strlen(name) + 1);
}

void tree_end(void)
{
	tree_put32(END_NODE);
}

static u32 name_offset(const char *name)
{
	u32 at = 0;

	while (at < tree.names_len && strcmp(tree.names + at, name))
		at += strlen(tree.names + at) + 1;
	if (at == tree.names_len) {
		memcpy(tree.names + at, name, strlen(name) + 1);
		tree.names_len += strlen(name) + 1;
	}
	return at;
}

void tree_prop(const char *name, const void *data, u32 len)
{
	tree_put32(PROP);
	tree_put32(len);
	tree_put32(name_offset(name));
	put_bytes(data, len);
}

void tree_cells(const char *name, const u32 *cells, u32 count)
{
	u8 data[64];

	for (u32 i = 0; i < count; i++)
		tree_set32(data, 4 * i, cells[i]);
	tree_prop(name, data, 4 * count);
}

void tree_start(void)
{
	memset(&tree, 0, sizeof(tree));
	tree.at = RESERVE_OFF;
	tree_put32(0);
	tree_put32(0x48000000);
	tree_put32(0);
	tree_put32(0x00100000);
	tree.at = STRUCT_OFF;
}

u32 tree_finish(void)
{
	u32 strings, total;

	tree_put32(END);
	strings = tree.at;
	put_bytes(tree.names, tree.names_len);
	total = strings + tree.names_len;
	tree.at = 0;
	tree_put32(FDT_MAGIC);
	tree_put32(total);
	tree_put32(STRUCT_OFF);
	tree_put32(strings);
	tree_put32(RESERVE_OFF);
	tree_put32(17); // version
	tree_put32(16); // last compatible version
	tree_put32(0);  // boot CPU
	tree_put32(tree.names_len);
	tree_put32(strings - STRUCT_OFF);
	return total;
}

// ---- The sample ---------------------------------------------------------------------------------

// A bus that is disabled, with devices that are not. What comes after it is in use again.
static void build_dark_bus(void)
{
	tree_begin("dark");
	TREE_CELLS("#address-cells", 1);
	TREE_CELLS("#size-cells", 1);
	tree_prop("ranges", NULL, 0);
	TREE_STRINGS("status", "disabled");
	tree_begin("bus");
	tree_begin("lamp@4000");
	TREE_STRINGS("compatible", "k896,lamp");
	TREE_STRINGS("status", "okay");
	tree_end();
	tree_end();
	tree_end();
	tree_begin("lamp@5000");
	TREE_STRINGS("compatible", "k896,lamp");
	tree_end();
}

static void build_soc(void)
{
	tree_begin("soc");
	TREE_STRINGS("compatible", "simple-bus");
	TREE_CELLS("#address-cells", 1);
	TREE_CELLS("#size-cells", 1);
	TREE_CELLS("ranges", 0, 0, 0x09000000, 0x10000, 0x20000, 0x8, 0, 0x10000);
	tree_begin("uart@1000");
	TREE_STRINGS("compatible", "k896,uart\0k896,serial");
	TREE_CELLS("phandle", 0x8001);
	TREE_CELLS("reg", 0x1000, 0x1000, 0x21000, 0x100);
	tree_end();
	tree_put32(TREE_NOP);
	tree_begin("bridge");
	TREE_CELLS("#address-cells", 1);
	TREE_CELLS("#size-cells", 1);
	tree_prop("ranges", NULL, 0);
	tree_begin("timer@2000");
	TREE_CELLS("reg", 0x2000, 0x100, 0xf800, 0x1000);
	tree_end();
	tree_end();
	tree_begin("secret@3000");
	TREE_STRINGS("compatible", "k896,uart\0k896,serial");
	TREE_STRINGS("status", "disabled");
	tree_end();
	build_dark_bus();
	tree_end();
}

u32 tree_build(void)
{
	tree_start();
	tree_put32(TREE_NOP);
	tree_begin("");
	TREE_STRINGS("compatible", "k896,test-board");
	tree_put32(TREE_NOP);
	TREE_CELLS("#address-cells", 2);
	TREE_CELLS("#size-cells", 2);
	tree_begin("aliases");
	TREE_STRINGS("serial0", "/soc/uart@1000");
	tree_end();
	tree_begin("chosen");
	TREE_STRINGS("bootargs", "ktest=*");
	TREE_STRINGS("stdout-path", "serial0:115200n8");
	tree_end();
	tree_begin("memory@40000000");
	TREE_STRINGS("device_type", "memory");
	TREE_CELLS("reg", 0, 0x40000000, 0, 0x08000000, 0x8, 0x80000000, 0x1, 0);
	tree_end();
	tree_begin("cpus");
	TREE_CELLS("#address-cells", 1);
	TREE_CELLS("#size-cells", 0);
	tree_begin("cpu@0");
	TREE_CELLS("reg", 0);
	tree_prop("rough", "abc", 3);
	tree_end();
	tree_end();
	build_soc();
	tree_end();
	tree_put32(TREE_NOP);
	return tree_finish();
}
