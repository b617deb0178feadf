// SPDX-License-Identifier: MIT
// For tests of the device tree reader: trees built token by token, and one that has something of everything.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>
#include <lib/util.h>

#define TREE_MAX       1280
#define TREE_NAMES_MAX 192
#define TREE_NOP       4 // a token that says nothing

// Where its blocks are.
#define RESERVE_OFF 40
#define STRUCT_OFF  (RESERVE_OFF + 2 * 16) // one entry and the terminator

extern struct fdt_tree {
	u8 blob[TREE_MAX];
	char names[TREE_NAMES_MAX];
	u32 at, names_len; // where the next token and the next name go
} tree;

// Sets a number anywhere in a blob; appends one, in the place of a token, to the tree.
void tree_set32(u8 *blob, u32 at, u32 val);
void tree_put32(u32 val);

// From start to finish: nodes, and properties of the node that was begun last. Finish returns the
// size of tree.blob.
void tree_start(void);
void tree_begin(const char *name);
void tree_prop(const char *name, const void *data, u32 len);
void tree_cells(const char *name, const u32 *cells, u32 count);
void tree_end(void);
u32 tree_finish(void);

#define TREE_STRINGS(name, text) tree_prop(name, text, sizeof(text))
#define TREE_CELLS(name, ...) \
	tree_cells(name, (const u32[]){ __VA_ARGS__ }, ARRAY_SIZE(((const u32[]){ __VA_ARGS__ })))

// The sample, a board with a serial port behind a bus. Returns the size of tree.blob.
u32 tree_build(void);
