// SPDX-License-Identifier: MIT
// Checks a flattened device tree once, so that lib/fdt.c can read it without checks.
//
// Rules: the blob is untrusted: every offset and length is compared with the blob's size before it
// is used. A node's properties must come before its children, as the specification demands.
// Each byte is read a bounded number of times, even in a malicious blob.
// Sections cited are of the Devicetree Specification v0.4.

#include <lib/fdt.h>
#include <lib/string.h>
#include <lib/util.h>

#include "fdt_format.h"

#define VERSION_OLDEST       16 // the first with this structure block
#define VERSION_STRUCT_SIZE  17
#define VERSION_NEWEST_KNOWN 17

// The parts of the blob that tokens may refer to; all are offsets inside it. names_end follows the last
// NUL of the strings block. A name that starts before names_end therefore ends inside the block.
struct bounds {
	const void *fdt;
	u32 header_end, struct_start, struct_end, names_start, names_end, total;
};

// A block must be between the header and the blob's end.
static bool block_fits(const struct bounds *b, u32 start, u32 size)
{
	return start >= b->header_end && start <= b->total && size <= b->total - start;
}

static void find_names_end(struct bounds *b, u32 strings_size)
{
	b->names_end = b->names_start + strings_size;
	while (b->names_end > b->names_start && *string_at(b->fdt, b->names_end - 1))
		b->names_end--;
}

static const char *check_header(struct bounds *b, const void *fdt, size_t max)
{
	u32 version, compatible, struct_size, strings_size;

	if (!IS_ALIGNED((uintptr_t)fdt, CELL_SIZE))
		return "its address is not a multiple of 4";
	if (max < FDT_HEADER_SIZE)
		return "it is shorter than a header";
	if (get32(fdt, HDR_MAGIC) != FDT_MAGIC)
		return "the magic number is wrong";
	b->fdt = fdt;
	b->total = get32(fdt, HDR_TOTALSIZE);
	if (b->total < FDT_HEADER_SIZE || b->total > max || b->total > INT32_MAX)
		return "the total size in the header is impossible";
	version = get32(fdt, HDR_VERSION);
	compatible = get32(fdt, HDR_LAST_COMP_VERSION);
	if (version < VERSION_OLDEST || compatible > VERSION_NEWEST_KNOWN || compatible > version)
		return "its version is unknown";
	b->header_end = version >= VERSION_STRUCT_SIZE ? FDT_HEADER_SIZE : HDR_SIZE_STRUCT;
	b->struct_start = get32(fdt, HDR_OFF_STRUCT);
	b->names_start = get32(fdt, HDR_OFF_STRINGS);
	strings_size = get32(fdt, HDR_SIZE_STRINGS);
	struct_size = version >= VERSION_STRUCT_SIZE ? get32(fdt, HDR_SIZE_STRUCT)
						     : b->total - b->struct_start;
	if (!block_fits(b, b->struct_start, struct_size) || b->struct_start % CELL_SIZE)
		return "the structure block is misplaced";
	if (!block_fits(b, b->names_start, strings_size))
		return "the strings block is misplaced";
	b->struct_end = b->struct_start + struct_size;
	find_names_end(b, strings_size);
	return NULL;
}

static const char *check_reservations(const struct bounds *b)
{
	u32 at = get32(b->fdt, HDR_OFF_RESERVE);

	if (at % RESERVE_ALIGN)
		return "the memory reservation block is misplaced";
	for (; block_fits(b, at, RESERVE_SIZE); at += RESERVE_SIZE)
		if (reservation_ends(string_at(b->fdt, at)))
			return NULL;
	return "the memory reservation block has no end";
}

// The name that starts at `at` must end inside the structure block; *next is the offset after its NUL.
static bool node_name_ends(const struct bounds *b, u32 at, u32 *next)
{
	const char *nul = memchr(string_at(b->fdt, at), '\0', b->struct_end - at);

	if (nul)
		*next = (u32)(nul + 1 - string_at(b->fdt, 0));
	return nul;
}

static const char *check_prop(const struct bounds *b, u32 at, u32 *next)
{
	u32 left = b->struct_end - at, length;

	if (left < PROP_VALUE)
		return "the structure block ends inside a property";
	length = get32(b->fdt, at + PROP_LENGTH);
	if (length > left - PROP_VALUE)
		return "a property reaches beyond the structure block";
	if (get32(b->fdt, at + PROP_NAME) >= b->names_end - b->names_start)
		return "the name of a property is not in the strings block";
	*next = at + PROP_VALUE + length;
	return NULL;
}

// Checks one token. `at` is inside the block or at its end. *next: the offset of the following token.
static const char *check_token(const struct bounds *b, u32 at, u32 *next)
{
	const char *problem = NULL;

	if (b->struct_end - at < CELL_SIZE)
		return "the structure block has no end token";
	*next = at + CELL_SIZE;
	switch (get32(b->fdt, at)) {
	case FDT_BEGIN_NODE:
		if (!node_name_ends(b, at + CELL_SIZE, next))
			return "the name of a node has no end";
		break;
	case FDT_PROP: problem = check_prop(b, at, next); break;
	case FDT_END_NODE:
	case FDT_NOP:
	case FDT_END: break;
	default: return "the structure block contains an unknown token";
	}
	if (problem)
		return problem;
	*next = ALIGN(*next, CELL_SIZE);
	return *next <= b->struct_end ? NULL : "the structure block ends inside a token";
}

// The tokens must form exactly one tree.
static const char *check_structure(const struct bounds *b)
{
	bool root_seen = false, props_allowed = false;
	u32 depth = 0;

	for (u32 at = b->struct_start, next;; at = next) {
		const char *problem = check_token(b, at, &next);

		if (problem)
			return problem;
		switch (get32(b->fdt, at)) {
		case FDT_BEGIN_NODE:
			if (depth == 0 && root_seen)
				return "there is more than one root";
			if (depth == 0 && *string_at(b->fdt, at + CELL_SIZE))
				return "the root has a name";
			if (++depth > FDT_DEPTH_MAX)
				return "the nodes are nested too deeply";
			root_seen = props_allowed = true;
			break;
		case FDT_END_NODE:
			if (depth-- == 0)
				return "a node ends that did not begin";
			props_allowed = false;
			break;
		case FDT_PROP:
			if (!props_allowed)
				return "a property is outside of a node or after a child";
			break;
		case FDT_END: return root_seen && depth == 0 ? NULL : "a node has no end";
		}
	}
}

const char *fdt_check(const void *fdt, size_t max)
{
	struct bounds b;
	const char *problem = check_header(&b, fdt, max);

	if (!problem)
		problem = check_reservations(&b);
	if (!problem)
		problem = check_structure(&b);
	return problem;
}
