// SPDX-License-Identifier: MIT
// Reading a flattened device tree (Devicetree Specification v0.4, chapter 5).
//
// A blob is untrusted input: fdt_check() checks every token and offset. Pass only a checked blob to the
// other functions; they then never read outside of it.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define FDT_HEADER_SIZE 40
#define FDT_MAGIC       0xd00dfeedU
#define FDT_DEPTH_MAX   32 // levels of nested nodes

// A node is the offset of its FDT_BEGIN_NODE token inside the blob; negative values are errors.
typedef int fdt_node;

// The size from the header, or 0: the magic number is wrong. Reads only FDT_HEADER_SIZE bytes. fdt must
// be a multiple of 4.
u32 fdt_totalsize(const void *fdt);

// Returns NULL if the blob of at most `max` bytes is valid, else a sentence that says what is wrong
// ("a property reaches beyond the structure block"). A valid blob is aligned to 4 bytes.
const char *fdt_check(const void *fdt, size_t max);

// All functions below accept a negative node and return NULL, -ENOENT or false. So a caller may pass on
// the result of a search without checking it.

// Root, first child, next sibling, parent; -ENOENT: none.
fdt_node fdt_root(const void *fdt);
fdt_node fdt_first_child(const void *fdt, fdt_node node);
fdt_node fdt_next_sibling(const void *fdt, fdt_node node);
fdt_node fdt_parent(const void *fdt, fdt_node node);

// The next node after `from` in document order (-1: returns the root); -ENOENT after the last.
fdt_node fdt_next_node(const void *fdt, fdt_node from);

// Whether the node lists `compatible`.
bool fdt_is_compatible(const void *fdt, fdt_node node, const char *compatible);
// Whether the node's own status allows its use: not disabled, reserved or broken (2.3.4). For a child of
// a node that is available.
bool fdt_is_enabled(const void *fdt, fdt_node node);
// Whether the node and all its ancestors are enabled. Walks the tree from the root to the node.
bool fdt_is_available(const void *fdt, fdt_node node);
// The next available node after `from`; fdt_next_compatible(): the next one that also lists `compatible`.
// `from` is -1 or available. -ENOENT after the last.
fdt_node fdt_next_available(const void *fdt, fdt_node from);
fdt_node fdt_next_compatible(const void *fdt, fdt_node from, const char *compatible);

// The node of a path "/chosen" (names may omit @unit-address), or of an alias, without a leading slash. A
// part after ':' is ignored, as in stdout-path. -ENOENT: none.
fdt_node fdt_path(const void *fdt, const char *path);

// The node with this phandle, or -ENOENT.
fdt_node fdt_by_phandle(const void *fdt, u32 phandle);

// "memory@40000000", "" for the root.
const char *fdt_name(const void *fdt, fdt_node node);

// A property's value, and its size in *len; NULL: no such property, *len is -ENOENT. len may be NULL.
const void *fdt_prop(const void *fdt, fdt_node node, const char *name, int *len);
// A property that is a NUL-terminated string (of a list, the first), or NULL.
const char *fdt_prop_string(const void *fdt, fdt_node node, const char *name);
// One big-endian cell of a property. Returns 0 or -ENOENT.
int fdt_prop_u32(const void *fdt, fdt_node node, const char *name, int index, u32 *val);

// Entry `index` of reg, read with the parent's #address-cells and #size-cells, and translated to a CPU
// address through the ranges of all buses above. Returns 0; -ENOENT: no such entry; -EINVAL: reg is not
// a whole number of entries, a bus does not translate the address (no ranges: /cpus), or uses
// addresses of more than 64 bits (PCI). Walks the tree from the root to the node.
int fdt_reg(const void *fdt, fdt_node node, int index, u64 *addr, u64 *size);

// The same for many children of one node, with only one walk.
struct fdt_bus {
	int depth;
	fdt_node path[FDT_DEPTH_MAX]; // from the root down to the node whose children are read
};
// Returns 0, or -ENOENT: no such node.
int fdt_bus(const void *fdt, fdt_node node, struct fdt_bus *bus);
int fdt_bus_reg(const void *fdt, const struct fdt_bus *bus, fdt_node child, int index, u64 *addr,
		u64 *size);

// Reads the entry at *pos of the memory reservation block, and advances *pos; start with *pos = 0. False
// after the last entry.
bool fdt_next_mem_rsv(const void *fdt, u32 *pos, u64 *addr, u64 *size);
