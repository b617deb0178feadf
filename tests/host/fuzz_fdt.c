// SPDX-License-Identifier: MIT
// Fuzzing the device tree reader: any bytes, or a blob whose tokens the input chooses, so that many
// pass fdt_check(). What passes is read in every way there is; AddressSanitizer sees each byte read
// outside of the blob.

#include <lib/fdt.h>
#include <lib/string.h>
#include <lib/util.h>

#include "fuzz.h"

void fuzz_start(void)
{
}

// Reads every byte of a string or property.
static void touch(const void *p, size_t n)
{
	const volatile u8 *bytes = p;

	for (size_t i = 0; p && i < n; i++)
		(void)bytes[i];
}

static void touch_string(const char *s)
{
	if (s)
		touch(s, strlen(s) + 1);
}

static void read_node(const void *fdt, fdt_node node)
{
	static const char *const props[] = { "reg",   "compatible", "ranges",
					     "model", "status",     "#address-cells" };
	u64 addr, size;
	u32 cell;
	int len;

	touch_string(fdt_name(fdt, node));
	for (size_t i = 0; i < ARRAY_SIZE(props); i++) {
		const void *p = fdt_prop(fdt, node, props[i], &len);

		touch(p, p ? len : 0);
		touch_string(fdt_prop_string(fdt, node, props[i]));
		(void)!fdt_prop_u32(fdt, node, props[i], i, &cell);
	}
	for (int i = 0; i < 4 && fdt_reg(fdt, node, i, &addr, &size) == 0; i++)
		;
	(void)fdt_parent(fdt, node);
	(void)fdt_is_available(fdt, node);
}

static void read_tree(const void *fdt, fdt_node node, int depth)
{
	for (; node >= 0; node = fdt_next_sibling(fdt, node)) {
		read_node(fdt, node);
		BUG_ON(depth > 100000);
		read_tree(fdt, fdt_first_child(fdt, node), depth + 1);
	}
}

// ---- Blobs --------------------------------------------------------------------------------------

#define BLOB_MAX   4096
#define STRUCT_OFF (FDT_HEADER_SIZE + 2 * 16) // behind one reservation and the terminator
#define BEGIN_NODE 1
#define END_NODE   2
#define PROP       3
#define NOP        4
#define END        9

static const char names[] = "reg\0compatible\0ranges\0model\0#address-cells\0#size-cells\0status";

static struct {
	u8 blob[BLOB_MAX];
	u32 at;
} b;

static void put32(u32 val)
{
	if (b.at > BLOB_MAX - sizeof(names) - 16)
		return;
	for (int i = 0; i < 4; i++)
		b.blob[b.at++] = (u8)(val >> (24 - 8 * i));
}

static void put_some(u32 n)
{
	while (n-- > 0)
		put32(fuzz_u32());
}

static void put_token(void)
{
	switch (fuzz_u8() % 8) {
	case 0:
	case 1:
		put32(BEGIN_NODE);
		put32((u32)('a' + fuzz_u8() % 4) << 24 |
		      (fuzz_u8() & 1 ? '@' << 16 | '1' << 8 : 0));
		break;
	case 2: put32(END_NODE); break;
	case 3: put32(NOP); break;
	case 4: put_some(1); break;
	default: {
		static const u8 starts[] = { 0, 4, 15, 22, 28, 43, 55 };
		const u32 cells = fuzz_u8() % 8;

		put32(PROP);
		put32(fuzz_u8() % 8 ? cells * 4 : fuzz_u8() % 33);
		put32(fuzz_u8() % 8 ? starts[fuzz_u8() % ARRAY_SIZE(starts)] : fuzz_u8());
		if (fuzz_u8() & 1)
			put_some(cells);
		else
			for (u32 i = 0; i < cells; i++)
				put32(fuzz_u8() % 4);
	}
	}
}

// Returns the size.
static u32 make_blob(void)
{
	u32 depth = fuzz_u8() % 4, size;

	b.at = STRUCT_OFF;
	put32(BEGIN_NODE);
	put32(0);
	while (fuzz_more())
		put_token();
	while (depth-- > 0)
		put32(END_NODE);
	put32(END);
	memcpy(b.blob + b.at, names, sizeof(names));
	size = b.at + sizeof(names);
	b.at = 0;
	put32(FDT_MAGIC);
	put32(size);
	put32(STRUCT_OFF);
	put32(size - sizeof(names));
	put32(FDT_HEADER_SIZE);
	put32(17);
	put32(16);
	put32(0);
	put32(sizeof(names));
	put32(size - sizeof(names) - STRUCT_OFF);
	return size;
}

static void read_all(const void *fdt, size_t max)
{
	static const char *const paths[] = {
		"/", "/a", "/b/a", "/a@1", "serial0", "", "//", "/a:x"
	};
	u64 addr, size;
	u32 pos = 0;

	if (max < FDT_HEADER_SIZE || fdt_totalsize(fdt) == 0 || fdt_check(fdt, max) != NULL)
		return;
	read_tree(fdt, fdt_root(fdt), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		(void)fdt_path(fdt, paths[i]);
	for (fdt_node node = -1; (node = fdt_next_node(fdt, node)) >= 0;)
		(void)fdt_is_compatible(fdt, node, "b");
	for (fdt_node node = -1; (node = fdt_next_available(fdt, node)) >= 0;)
		BUG_ON(!fdt_is_available(fdt, node));
	for (fdt_node node = -1; (node = fdt_next_compatible(fdt, node, "a")) >= 0;)
		read_node(fdt, node);
	while (fdt_next_mem_rsv(fdt, &pos, &addr, &size))
		;
}

void fuzz_one(void)
{
	const bool raw = fuzz_u8() & 1;
	const void *data = b.blob;
	size_t size;
	void *fdt;

	if (raw)
		data = fuzz_rest(&size);
	else
		size = make_blob();
	fdt = fuzz_alloc(size);
	memcpy(fdt, data, size);
	read_all(fdt, size);
	fuzz_free(fdt);
}
