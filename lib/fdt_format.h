// SPDX-License-Identifier: MIT
// The format of the flattened device tree: offsets in its header and tokens, and reading its numbers.
// Only for lib/fdt_check.c and lib/fdt.c. Sections cited are of the Devicetree Specification v0.4.
#pragma once

#include <lib/fdt.h>
#include <lib/util.h>

// Offsets of the header's fields (5.2).
enum fdt_header {
	HDR_MAGIC = 0,
	HDR_TOTALSIZE = 4,
	HDR_OFF_STRUCT = 8,
	HDR_OFF_STRINGS = 12,
	HDR_OFF_RESERVE = 16,
	HDR_VERSION = 20,
	HDR_LAST_COMP_VERSION = 24,
	HDR_SIZE_STRINGS = 32,
	HDR_SIZE_STRUCT = 36, // since version 17
};

// Tokens of the structure block (5.4.1).
enum fdt_token {
	FDT_BEGIN_NODE = 1, // then the name, NUL-terminated
	FDT_END_NODE = 2,
	FDT_PROP = 3, // then length, offset of the name in the strings block, value
	FDT_NOP = 4,
	FDT_END = 9,
};

#define CELL_SIZE     4U
#define PROP_LENGTH   CELL_SIZE
#define PROP_NAME     (2 * CELL_SIZE)
#define PROP_VALUE    (3 * CELL_SIZE)
#define RESERVE_SIZE  16U // address and size, 64 bits each (5.3)
#define RESERVE_ALIGN 8

// Reads an aligned cell. Inline in debug builds too, because reading a tree calls it very often.
static __always_inline u32 get32(const void *fdt, u32 at)
{
	return __builtin_bswap32(*(const u32 *)((const u8 *)fdt + at));
}

// A number of 0, 1 or 2 cells.
static inline u64 get_cells(const void *p, u32 cells)
{
	u64 n = 0;

	for (u32 i = 0; i < cells; i++)
		n = n << 32 | get32(p, i * CELL_SIZE);
	return n;
}

static __always_inline const char *string_at(const void *fdt, u32 at)
{
	return (const char *)fdt + at;
}

// The memory reservation block ends with an entry of zeros.
static inline bool reservation_ends(const void *entry)
{
	return !get_cells(entry, 2) && !get_cells((const u8 *)entry + 2 * CELL_SIZE, 2);
}
