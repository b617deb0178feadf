// SPDX-License-Identifier: MIT
// Reads the flattened device tree: nodes, properties, addresses.
//
// Rules: nothing here writes, allocates, sleeps or keeps state. Only fdt_totalsize() accepts a blob that
// fdt_check() has not checked (lib/fdt_check.c). Numbers are big-endian.
// Linux: drivers/of/fdt.c and libfdt. Sections cited are of the Devicetree Specification v0.4.

#include <abi/errno.h>
#include <lib/fdt.h>
#include <lib/string.h>
#include <lib/util.h>

#include "fdt_format.h"

// Cells of an address and a size if the bus has no property for them (2.3.5), and the most that fit
// 64 bits.
#define ADDRESS_CELLS_DEFAULT 2
#define SIZE_CELLS_DEFAULT    1
#define CELLS_MAX             2

u32 fdt_totalsize(const void *fdt)
{
	return get32(fdt, HDR_MAGIC) == FDT_MAGIC ? get32(fdt, HDR_TOTALSIZE) : 0;
}

// ---- Walking

static __always_inline u32 skip_nops(const void *fdt, u32 at)
{
	while (get32(fdt, at) == FDT_NOP)
		at += CELL_SIZE;
	return at;
}

// The token after the one at `at` (which is not FDT_END), without NOPs.
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

// The token after the end of this node.
static u32 skip_node(const void *fdt, fdt_node node)
{
	u32 at = (u32)node;
	int depth = 0;

	do {
		u32 token = get32(fdt, at);

		depth += (token == FDT_BEGIN_NODE) - (token == FDT_END_NODE);
		at = next_token(fdt, at);
	} while (depth > 0);
	return at;
}

// The first node that begins at `at`, or after the ends of nodes there.
static fdt_node next_begin(const void *fdt, u32 at)
{
	while (get32(fdt, at) == FDT_END_NODE)
		at = next_token(fdt, at);
	return node_or_none(fdt, at);
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
	return node < 0 ? -ENOENT : node_or_none(fdt, skip_node(fdt, node));
}

// Stores the nodes from the root to the node's parent. Returns their number, or -ENOENT: no such node.
// The blob has no links upwards, so this walks down from the root and records the path.
static int path_to(const void *fdt, fdt_node node, fdt_node path[FDT_DEPTH_MAX])
{
	u32 at = (u32)fdt_root(fdt);
	int depth = 0;

	for (; get32(fdt, at) != FDT_END; at = next_token(fdt, at)) {
		if ((fdt_node)at == node)
			return depth;
		if (get32(fdt, at) == FDT_BEGIN_NODE)
			path[depth++] = (fdt_node)at;
		else if (get32(fdt, at) == FDT_END_NODE)
			depth--;
	}
	return -ENOENT;
}

fdt_node fdt_parent(const void *fdt, fdt_node node)
{
	fdt_node path[FDT_DEPTH_MAX];
	const int depth = path_to(fdt, node, path);

	return depth > 0 ? path[depth - 1] : -ENOENT;
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

// ---- Searching

bool fdt_is_compatible(const void *fdt, fdt_node node, const char *compatible)
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

bool fdt_is_enabled(const void *fdt, fdt_node node)
{
	const char *status = fdt_prop_string(fdt, node, "status");

	return node >= 0 && (!status || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}

bool fdt_is_available(const void *fdt, fdt_node node)
{
	fdt_node path[FDT_DEPTH_MAX];
	int depth = path_to(fdt, node, path);
	bool enabled = depth >= 0 && fdt_is_enabled(fdt, node);

	while (enabled && depth-- > 0)
		enabled = fdt_is_enabled(fdt, path[depth]);
	return enabled;
}

fdt_node fdt_next_node(const void *fdt, fdt_node node)
{
	return node < 0 ? fdt_root(fdt) : next_begin(fdt, skip_props(fdt, node));
}

// Skips a node that is not enabled, with its whole subtree.
fdt_node fdt_next_available(const void *fdt, fdt_node from)
{
	fdt_node node = fdt_next_node(fdt, from);

	while (node >= 0 && !fdt_is_enabled(fdt, node))
		node = next_begin(fdt, skip_node(fdt, node));
	return node;
}

fdt_node fdt_next_compatible(const void *fdt, fdt_node from, const char *compatible)
{
	fdt_node node = fdt_next_available(fdt, from);

	while (node >= 0 && !fdt_is_compatible(fdt, node, compatible))
		node = fdt_next_available(fdt, node);
	return node;
}

fdt_node fdt_by_phandle(const void *fdt, u32 phandle)
{
	fdt_node node = fdt_next_node(fdt, -1);
	u32 its;

	while (node >= 0 && (fdt_prop_u32(fdt, node, "phandle", 0, &its) != 0 || its != phandle))
		node = fdt_next_node(fdt, node);
	return node;
}

// Whether name is part[0..len), with or without a unit address.
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

// ---- Addresses ----------------------------------------------------------------------------------

struct cells {
	u32 address, size;
};

// The format of the children's addresses. False: more than 64 bits.
static bool bus_cells(const void *fdt, fdt_node node, struct cells *cells)
{
	if (fdt_prop_u32(fdt, node, "#address-cells", 0, &cells->address))
		cells->address = ADDRESS_CELLS_DEFAULT;
	if (fdt_prop_u32(fdt, node, "#size-cells", 0, &cells->size))
		cells->size = SIZE_CELLS_DEFAULT;
	return cells->address >= 1 && cells->address <= CELLS_MAX && cells->size <= CELLS_MAX;
}

// Translates an address from the bus of `node` to the bus of its parent, by `ranges` (2.3.8).
static bool translate_once(const void *fdt, fdt_node node, const struct cells *inner,
			   const struct cells *outer, u64 *addr, u64 size)
{
	const u32 entry = (inner->address + outer->address + inner->size) * CELL_SIZE;
	int len;
	const u8 *range = fdt_prop(fdt, node, "ranges", &len);

	if (!range || len == 0)
		return range; // an empty ranges: addresses are the same
	for (; len >= (int)entry; len -= (int)entry, range += entry) {
		u64 start = get_cells(range, inner->address);
		u64 to = get_cells(range + inner->address * CELL_SIZE, outer->address);
		u64 span = get_cells(range + entry - inner->size * CELL_SIZE, inner->size);
		u64 offset = *addr - start;

		if (*addr < start || offset >= span || size > span - offset || to + offset < to)
			continue;
		*addr = to + offset;
		return true;
	}
	return false;
}

int fdt_bus(const void *fdt, fdt_node node, struct fdt_bus *bus)
{
	bus->depth = path_to(fdt, node, bus->path);
	if (bus->depth < 0)
		return -ENOENT;
	bus->path[bus->depth++] = node;
	return 0;
}

// Translates from the bus up to the root.
static bool translate_up(const void *fdt, const struct fdt_bus *bus, struct cells inner, u64 *addr,
			 u64 size)
{
	struct cells outer;

	for (int i = bus->depth - 1; i > 0; i--) {
		if (!bus_cells(fdt, bus->path[i - 1], &outer) ||
		    !translate_once(fdt, bus->path[i], &inner, &outer, addr, size))
			return false;
		inner = outer;
	}
	return true;
}

int fdt_bus_reg(const void *fdt, const struct fdt_bus *bus, fdt_node child, int index, u64 *addr,
		u64 *size)
{
	int len, entry;
	const u8 *reg = fdt_prop(fdt, child, "reg", &len);
	struct cells cells;
	u64 a, s;

	if (!reg || index < 0)
		return -ENOENT;
	if (!bus_cells(fdt, bus->path[bus->depth - 1], &cells))
		return -EINVAL;
	entry = (int)((cells.address + cells.size) * CELL_SIZE);
	if (len == 0 || len % entry != 0)
		return -EINVAL;
	if (index >= len / entry)
		return -ENOENT;
	reg += index * entry;
	a = get_cells(reg, cells.address);
	s = get_cells(reg + cells.address * CELL_SIZE, cells.size);
	if (!translate_up(fdt, bus, cells, &a, s))
		return -EINVAL;
	*addr = a;
	*size = s;
	return 0;
}

int fdt_reg(const void *fdt, fdt_node node, int index, u64 *addr, u64 *size)
{
	struct fdt_bus bus;

	bus.depth = path_to(fdt, node, bus.path);
	return bus.depth > 0 ? fdt_bus_reg(fdt, &bus, node, index, addr, size) : -ENOENT;
}

bool fdt_next_mem_rsv(const void *fdt, u32 *pos, u64 *addr, u64 *size)
{
	const u8 *entry = (const u8 *)fdt + get32(fdt, HDR_OFF_RESERVE) + *pos;

	if (reservation_ends(entry))
		return false;
	*addr = get_cells(entry, 2);
	*size = get_cells(entry + 2 * CELL_SIZE, 2);
	*pos += RESERVE_SIZE;
	return true;
}
