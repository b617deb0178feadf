// SPDX-License-Identifier: MIT
// Reading a flattened device tree (Devicetree Specification v0.4, chapter 5).
//
// A blob is input from outside: fdt_check() looks at every token and every offset once, and only a
// blob that passed it may be given to the other functions, which then cannot leave it.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define FDT_HEADER_SIZE 40
#define FDT_MAGIC       0xd00dfeedU
#define FDT_DEPTH_MAX   32 // nodes inside each other

// A node is the offset of its FDT_BEGIN_NODE token inside the blob; negative values are errors.
typedef int fdt_node;

// The size that the header claims, or 0 when the magic is not a device tree's.
// Reads FDT_HEADER_SIZE bytes only, at an address that is a multiple of 4.
u32 fdt_totalsize(const void *fdt);

// Returns NULL when the blob of at most `max` bytes is sound, else a sentence that says what is wrong
// ("a property reaches beyond the structure block"). Its address is a multiple of 4, or it is not sound.
const char *fdt_check(const void *fdt, size_t max);

// Everywhere below, a negative node is no node: the answer is NULL, -ENOENT or false, so that the result
// of a search that found nothing can be passed on unchecked.

// Root, first child, next sibling, parent; -ENOENT when there is none.
fdt_node fdt_root(const void *fdt);
fdt_node fdt_first_child(const void *fdt, fdt_node node);
fdt_node fdt_next_sibling(const void *fdt, fdt_node node);
fdt_node fdt_parent(const void *fdt, fdt_node node);

// The next node in document order after `from` (-1 stands before the root); -ENOENT when no more.
fdt_node fdt_next_node(const void *fdt, fdt_node from);

// Whether the node lists `compatible`.
bool fdt_is_compatible(const void *fdt, fdt_node node, const char *compatible);
// Whether the node's own status allows its use: it is not disabled, reserved or broken (2.3.4). For
// children of a node that is known to be available.
bool fdt_is_enabled(const void *fdt, fdt_node node);
// Whether the node may be used: it and all the nodes above it are enabled. Walks the tree down to it.
bool fdt_is_available(const void *fdt, fdt_node node);
// The next node after `from` that may be used; with `compatible`: the next of them that lists it. `from` is
// -1 or may be used itself. -ENOENT when no more.
fdt_node fdt_next_available(const void *fdt, fdt_node from);
fdt_node fdt_next_compatible(const void *fdt, fdt_node from, const char *compatible);

// The node of a path "/chosen" (a name may leave out its @unit-address), or of an alias
// without the leading slash; a part after ':' is ignored, as in stdout-path. -ENOENT.
fdt_node fdt_path(const void *fdt, const char *path);

// The node that others name by this number, or -ENOENT.
fdt_node fdt_by_phandle(const void *fdt, u32 phandle);

// "memory@40000000", "" for the root.
const char *fdt_name(const void *fdt, fdt_node node);

// The bytes of a property and their number in *len, or NULL (then *len is -ENOENT). len may be NULL.
const void *fdt_prop(const void *fdt, fdt_node node, const char *name, int *len);
// A property that is a NUL-terminated string (of a list: the first), or NULL.
const char *fdt_prop_string(const void *fdt, fdt_node node, const char *name);
// One big-endian cell of a property. Returns 0 or -ENOENT.
int fdt_prop_u32(const void *fdt, fdt_node node, const char *name, int index, u32 *val);

// Entry `index` of reg, with the parent's #address-cells and #size-cells, translated to CPU addresses
// through the ranges of all the buses above. 0; -ENOENT after the last entry; -EINVAL when it cannot be
// read: reg is not a whole number of entries, a bus in between translates nothing (no ranges: /cpus), or
// one uses addresses of more than 64 bits (PCI). Walks the tree down to the node.
int fdt_reg(const void *fdt, fdt_node node, int index, u64 *addr, u64 *size);

// The same for many children of one node, without the walk for each of them.
struct fdt_bus {
	int depth;
	fdt_node path[FDT_DEPTH_MAX]; // from the root down to the node whose children are read
};
// 0, or -ENOENT: there is no such node.
int fdt_bus(const void *fdt, fdt_node node, struct fdt_bus *bus);
int fdt_bus_reg(const void *fdt, const struct fdt_bus *bus, fdt_node child, int index, u64 *addr,
		u64 *size);

// The entry at *pos of the memory reservation block, where *pos is 0 for the first; moves *pos to the next.
// False after the last.
bool fdt_next_mem_rsv(const void *fdt, u32 *pos, u64 *addr, u64 *size);
