// SPDX-License-Identifier: MIT
// The flattened device tree: one careful check, then plain reading.
//
// Rules: nothing here writes, allocates, sleeps or keeps state. Only fdt_totalsize() and fdt_check()
// may see a blob that was not checked. Numbers are big-endian and are read byte by byte, so the
// blob's alignment in memory does not matter. A property must stand before its node's children,
// which the specification demands and fdt_check() makes sure of.
// Linux: drivers/of/fdt.c and libfdt. Sections cited are of the Devicetree Specification v0.4.

#include <abi/errno.h>
#include <lib/fdt.h>
#include <lib/string.h>
#include <lib/util.h>

// Where the header's fields are (5.2).
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

#define VERSION_OLDEST       16 // the first with this structure block
#define VERSION_STRUCT_SIZE  17
#define VERSION_NEWEST_KNOWN 17

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

#define DEPTH_MAX 32 // nodes inside each other

// Cells of an address and a size when the bus does not say (2.3.5), and what fits 64 bits.
#define ADDRESS_CELLS_DEFAULT 2
#define SIZE_CELLS_DEFAULT    1
#define CELLS_MAX             2

static u32 get32(const void *fdt, u32 at)
{
	const u8 *p = (const u8 *)fdt + at;

	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

// A number of 0, 1 or 2 cells.
static u64 get_cells(const void *p, u32 cells)
{
	u64 n = 0;

	for (u32 i = 0; i < cells; i++)
		n = n << 32 | get32(p, i * CELL_SIZE);
	return n;
}

static const char *string_at(const void *fdt, u32 at)
{
	return (const char *)fdt + at;
}

// The memory reservation block ends with an entry of zeros.
static bool reservation_ends(const void *entry)
{
	return !get_cells(entry, 2) && !get_cells((const u8 *)entry + 2 * CELL_SIZE, 2);
}

u32 fdt_totalsize(const void *fdt)
{
	return get32(fdt, HDR_MAGIC) == FDT_MAGIC ? get32(fdt, HDR_TOTALSIZE) : 0;
}

// ---- The check: nothing may be believed yet.

// What of the blob the tokens may use; all are offsets inside it.
struct bounds {
	const void *fdt;
	u32 struct_start, struct_end, strings_start, strings_end, total;
};

static bool block_fits(const struct bounds *b, u32 start, u32 size)
{
	return start <= b->total && size <= b->total - start;
}

static const char *check_header(struct bounds *b, const void *fdt, size_t max)
{
	u32 version, struct_size, strings_size;

	if (max < FDT_HEADER_SIZE)
		return "it is shorter than a header";
	if (get32(fdt, HDR_MAGIC) != FDT_MAGIC)
		return "the magic number is wrong";
	b->fdt = fdt;
	b->total = get32(fdt, HDR_TOTALSIZE);
	if (b->total < FDT_HEADER_SIZE || b->total > max || b->total > INT32_MAX)
		return "the total size in the header is impossible";
	version = get32(fdt, HDR_VERSION);
	if (version < VERSION_OLDEST || get32(fdt, HDR_LAST_COMP_VERSION) > VERSION_NEWEST_KNOWN)
		return "its version is unknown";
	b->struct_start = get32(fdt, HDR_OFF_STRUCT);
	b->strings_start = get32(fdt, HDR_OFF_STRINGS);
	strings_size = get32(fdt, HDR_SIZE_STRINGS);
	struct_size = version >= VERSION_STRUCT_SIZE ? get32(fdt, HDR_SIZE_STRUCT)
						     : b->total - b->struct_start;
	if (!block_fits(b, b->struct_start, struct_size) || b->struct_start % CELL_SIZE)
		return "the structure block is misplaced";
	if (!block_fits(b, b->strings_start, strings_size))
		return "the strings block is misplaced";
	b->struct_end = b->struct_start + struct_size;
	b->strings_end = b->strings_start + strings_size;
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

// The string that starts at `at` must end before `end`; *behind is the offset behind its NUL.
static bool string_ends(const struct bounds *b, u32 at, u32 end, u32 *behind)
{
	const char *nul = at < end ? memchr(string_at(b->fdt, at), '\0', end - at) : NULL;

	*behind = nul ? (u32)(nul + 1 - string_at(b->fdt, 0)) : end;
	return nul;
}

static const char *check_prop(const struct bounds *b, u32 at, u32 *next)
{
	u32 left = b->struct_end - at, name, length, behind;

	if (left < PROP_VALUE)
		return "the structure block ends inside a property";
	length = get32(b->fdt, at + PROP_LENGTH);
	if (length > left - PROP_VALUE)
		return "a property reaches beyond the structure block";
	name = get32(b->fdt, at + PROP_NAME);
	if (name >= b->strings_end - b->strings_start ||
	    !string_ends(b, b->strings_start + name, b->strings_end, &behind))
		return "the name of a property is not in the strings block";
	*next = at + PROP_VALUE + length;
	return NULL;
}

// One token at `at`, which is inside the block or its end. *next is where the following one is.
static const char *check_token(const struct bounds *b, u32 at, u32 *next)
{
	const char *problem = NULL;

	if (b->struct_end - at < CELL_SIZE)
		return "the structure block has no end token";
	*next = at + CELL_SIZE;
	switch (get32(b->fdt, at)) {
	case FDT_BEGIN_NODE:
		if (!string_ends(b, at + CELL_SIZE, b->struct_end, next))
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

// The tokens, one by one, must be one tree.
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
			if (++depth > DEPTH_MAX)
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
				return "a property is outside of a node or behind a child";
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

// ---- Walking: the blob is sound from here on.

static u32 skip_nops(const void *fdt, u32 at)
{
	while (get32(fdt, at) == FDT_NOP)
		at += CELL_SIZE;
	return at;
}

// The token behind the one at `at` (which is not FDT_END), without NOPs.
static u32 next_token(const void *fdt, u32 at)
{
	u32 next = at + CELL_SIZE;

	switch (get32(fdt, at)) {
	case FDT_BEGIN_NODE: next += strlen(string_at(fdt, next)) + 1; break;
	case FDT_PROP: next = at + PROP_VALUE + get32(fdt, at + PROP_LENGTH); break;
	}
	return skip_nops(fdt, ALIGN(next, CELL_SIZE));
}

static fdt_node node_or_none(const void *fdt, u32 at)
{
	return get32(fdt, at) == FDT_BEGIN_NODE ? (fdt_node)at : -ENOENT;
}

// The first token that is not a property of this node.
static u32 skip_props(const void *fdt, fdt_node node)
{
	u32 at = next_token(fdt, (u32)node);

	while (get32(fdt, at) == FDT_PROP)
		at = next_token(fdt, at);
	return at;
}

fdt_node fdt_root(const void *fdt)
{
	return (fdt_node)skip_nops(fdt, get32(fdt, HDR_OFF_STRUCT));
}

fdt_node fdt_first_child(const void *fdt, fdt_node node)
{
	return node < 0 ? -ENOENT : node_or_none(fdt, skip_props(fdt, node));
}

fdt_node fdt_next_sibling(const void *fdt, fdt_node node)
{
	u32 at = (u32)node;
	int depth = 0;

	if (node < 0)
		return -ENOENT;
	do {
		u32 token = get32(fdt, at);

		depth += (token == FDT_BEGIN_NODE) - (token == FDT_END_NODE);
		at = next_token(fdt, at);
	} while (depth > 0);
	return node_or_none(fdt, at);
}

fdt_node fdt_parent(const void *fdt, fdt_node node)
{
	fdt_node path[DEPTH_MAX];
	u32 at = (u32)fdt_root(fdt);
	int depth = 0;

	// The tree has no links upwards: walk down to the node and remember the way.
	for (; get32(fdt, at) != FDT_END; at = next_token(fdt, at)) {
		if ((fdt_node)at == node)
			return depth ? path[depth - 1] : -ENOENT;
		if (get32(fdt, at) == FDT_BEGIN_NODE)
			path[depth++] = (fdt_node)at;
		else if (get32(fdt, at) == FDT_END_NODE)
			depth--;
	}
	return -ENOENT;
}

const char *fdt_name(const void *fdt, fdt_node node)
{
	return node < 0 ? NULL : string_at(fdt, (u32)node + CELL_SIZE);
}

const void *fdt_prop(const void *fdt, fdt_node node, const char *name, int *len)
{
	u32 strings = get32(fdt, HDR_OFF_STRINGS), at;
	int ignored;

	if (!len)
		len = &ignored;
	*len = -ENOENT;
	if (node < 0)
		return NULL;
	at = next_token(fdt, (u32)node);
	for (; get32(fdt, at) == FDT_PROP; at = next_token(fdt, at)) {
		if (strcmp(string_at(fdt, strings + get32(fdt, at + PROP_NAME)), name))
			continue;
		*len = (int)get32(fdt, at + PROP_LENGTH);
		return (const u8 *)fdt + at + PROP_VALUE;
	}
	return NULL;
}

const char *fdt_prop_string(const void *fdt, fdt_node node, const char *name)
{
	int len;
	const char *s = fdt_prop(fdt, node, name, &len);

	return s && memchr(s, '\0', (size_t)len) ? s : NULL;
}

int fdt_prop_u32(const void *fdt, fdt_node node, const char *name, int index, u32 *val)
{
	int len;
	const void *p = fdt_prop(fdt, node, name, &len);

	if (!p || index < 0 || index >= len / (int)CELL_SIZE)
		return -ENOENT;
	*val = get32(p, (u32)index * CELL_SIZE);
	return 0;
}

// ---- Searching.

// Whether `compatible` is one of the strings in the node's property of that name.
static bool is_compatible(const void *fdt, fdt_node node, const char *compatible)
{
	int left;
	const char *s = fdt_prop(fdt, node, "compatible", &left);

	while (s && left > 0) {
		const char *nul = memchr(s, '\0', (size_t)left);

		if (!nul)
			return false;
		if (!strcmp(s, compatible))
			return true;
		left -= (int)(nul + 1 - s);
		s = nul + 1;
	}
	return false;
}

// The next node in document order; -1 stands before the root.
static fdt_node next_node(const void *fdt, fdt_node node)
{
	u32 at;

	if (node < 0)
		return fdt_root(fdt);
	at = skip_props(fdt, node);
	while (get32(fdt, at) == FDT_END_NODE)
		at = next_token(fdt, at);
	return node_or_none(fdt, at);
}

fdt_node fdt_next_compatible(const void *fdt, fdt_node from, const char *compatible)
{
	fdt_node node = next_node(fdt, from);

	while (node >= 0 && !is_compatible(fdt, node, compatible))
		node = next_node(fdt, node);
	return node;
}

// Whether the node has the name part[0..len), which may lack the unit address.
static bool name_is(const char *name, const char *part, size_t len)
{
	return !strncmp(name, part, len) && (!name[len] || name[len] == '@');
}

static fdt_node find_child(const void *fdt, fdt_node node, const char *part, size_t len)
{
	node = fdt_first_child(fdt, node);
	while (node >= 0 && !name_is(fdt_name(fdt, node), part, len))
		node = fdt_next_sibling(fdt, node);
	return node;
}

static bool is_path_end(char c)
{
	return !c || c == ':';
}

static size_t part_length(const char *path)
{
	size_t n = 0;

	while (!is_path_end(path[n]) && path[n] != '/')
		n++;
	return n;
}

static fdt_node absolute_path(const void *fdt, const char *path)
{
	fdt_node node = fdt_root(fdt);

	for (;;) {
		size_t len;

		while (*path == '/')
			path++;
		if (is_path_end(*path) || node < 0)
			return node;
		len = part_length(path);
		node = find_child(fdt, node, path, len);
		path += len;
	}
}

#define ALIAS_MAX 32 // 3.3: at most 31 characters

fdt_node fdt_path(const void *fdt, const char *path)
{
	char alias[ALIAS_MAX];
	size_t len = part_length(path);

	if (*path != '/') {
		if (len >= sizeof(alias) || !is_path_end(path[len]))
			return -ENOENT;
		memcpy(alias, path, len);
		alias[len] = '\0';
		path = fdt_prop_string(fdt, absolute_path(fdt, "/aliases"), alias);
	}
	return path && *path == '/' ? absolute_path(fdt, path) : -ENOENT;
}

// ---- Addresses.

struct bus {
	u32 address_cells, size_cells;
};

// How the children of this node write addresses. False where that is more than 64 bits.
static bool bus_read(const void *fdt, fdt_node node, struct bus *bus)
{
	if (fdt_prop_u32(fdt, node, "#address-cells", 0, &bus->address_cells))
		bus->address_cells = ADDRESS_CELLS_DEFAULT;
	if (fdt_prop_u32(fdt, node, "#size-cells", 0, &bus->size_cells))
		bus->size_cells = SIZE_CELLS_DEFAULT;
	return bus->address_cells >= 1 && bus->address_cells <= CELLS_MAX &&
	       bus->size_cells <= CELLS_MAX;
}

// Entry `index` of a list of entries of so many cells, or NULL.
static const u8 *array_entry(const void *fdt, fdt_node node, const char *name, int index, u32 cells)
{
	int len, entry = (int)(cells * CELL_SIZE);
	const u8 *list = fdt_prop(fdt, node, name, &len);

	return list && index >= 0 && index < len / entry ? list + index * entry : NULL;
}

// From the address of a child of `node` to one of a child of its parent (2.3.8).
static int translate_once(const void *fdt, fdt_node node, const struct bus *inner,
			  const struct bus *outer, u64 *addr, u64 size)
{
	u32 cells = inner->address_cells + outer->address_cells + inner->size_cells;
	const u8 *range;
	int len;

	if (!fdt_prop(fdt, node, "ranges", &len))
		return -ENOENT;
	if (len == 0)
		return 0; // empty: the same addresses
	for (int i = 0; (range = array_entry(fdt, node, "ranges", i, cells)); i++) {
		u64 start = get_cells(range, inner->address_cells);
		u64 to = get_cells(range + inner->address_cells * CELL_SIZE, outer->address_cells);
		u64 span = get_cells(range + (cells - inner->size_cells) * CELL_SIZE,
				     inner->size_cells);
		u64 offset = *addr - start;

		if (*addr < start || offset >= span || size > span - offset || to + offset < to)
			continue;
		*addr = to + offset;
		return 0;
	}
	return -ENOENT;
}

int fdt_reg(const void *fdt, fdt_node node, int index, u64 *addr, u64 *size)
{
	fdt_node bus_node = fdt_parent(fdt, node), parent;
	struct bus bus, outer;
	const u8 *reg;
	u64 a, s;

	if (bus_node < 0 || !bus_read(fdt, bus_node, &bus))
		return -ENOENT;
	reg = array_entry(fdt, node, "reg", index, bus.address_cells + bus.size_cells);
	if (!reg)
		return -ENOENT;
	a = get_cells(reg, bus.address_cells);
	s = get_cells(reg + bus.address_cells * CELL_SIZE, bus.size_cells);
	while ((parent = fdt_parent(fdt, bus_node)) >= 0) {
		if (!bus_read(fdt, parent, &outer) ||
		    translate_once(fdt, bus_node, &bus, &outer, &a, s))
			return -ENOENT;
		bus_node = parent;
		bus = outer;
	}
	*addr = a;
	*size = s;
	return 0;
}

int fdt_mem_rsv(const void *fdt, int index, u64 *addr, u64 *size)
{
	const u8 *entry = (const u8 *)fdt + get32(fdt, HDR_OFF_RESERVE);

	for (; !reservation_ends(entry); entry += RESERVE_SIZE) {
		if (index-- == 0) {
			*addr = get_cells(entry, 2);
			*size = get_cells(entry + 2 * CELL_SIZE, 2);
			return 0;
		}
	}
	return -ENOENT;
}
