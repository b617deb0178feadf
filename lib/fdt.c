// SPDX-License-Identifier: MIT
// The flattened device tree, read plainly: nodes, properties, addresses.
//
// Rules: nothing here writes, allocates, sleeps or keeps state. Only fdt_totalsize() may see a blob that
// has not passed fdt_check() (lib/fdt_check.c). Numbers are big-endian.
// Linux: drivers/of/fdt.c and libfdt. Sections cited are of the Devicetree Specification v0.4.

#include <abi/errno.h>
#include <lib/fdt.h>
#include <lib/string.h>
#include <lib/util.h>

#include "fdt_format.h"

// Cells of an address and a size when the bus does not say (2.3.5), and what fits 64 bits.
#define ADDRESS_CELLS_DEFAULT 2
#define SIZE_CELLS_DEFAULT    1
#define CELLS_MAX             2

u32 fdt_totalsize(const void *fdt)
{
	return get32(fdt, HDR_MAGIC) == FDT_MAGIC ? get32(fdt, HDR_TOTALSIZE) : 0;
}

// ---- Walking

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

// The nodes from the root down to the node's parent. Returns how many, or -ENOENT: there is no such node.
// The tree has no links upwards: walk down to the node and remember the way.
static int path_to(const void *fdt, fdt_node node, fdt_node path[DEPTH_MAX])
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
	fdt_node path[DEPTH_MAX];
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

bool fdt_is_available(const void *fdt, fdt_node node)
{
	const char *status = fdt_prop_string(fdt, node, "status");

	return node >= 0 && (!status || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}

fdt_node fdt_next_node(const void *fdt, fdt_node node)
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
	fdt_node node = fdt_next_node(fdt, from);

	while (node >= 0 &&
	       !(fdt_is_compatible(fdt, node, compatible) && fdt_is_available(fdt, node)))
		node = fdt_next_node(fdt, node);
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
	fdt_node path[DEPTH_MAX];
	int depth = path_to(fdt, node, path);
	struct bus bus, outer;
	const u8 *reg;
	u64 a, s;

	if (depth <= 0 || !bus_read(fdt, path[--depth], &bus))
		return -ENOENT;
	reg = array_entry(fdt, node, "reg", index, bus.address_cells + bus.size_cells);
	if (!reg)
		return -ENOENT;
	a = get_cells(reg, bus.address_cells);
	s = get_cells(reg + bus.address_cells * CELL_SIZE, bus.size_cells);
	for (; depth > 0; depth--) {
		if (!bus_read(fdt, path[depth - 1], &outer) ||
		    translate_once(fdt, path[depth], &bus, &outer, &a, s))
			return -ENOENT;
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
