// SPDX-License-Identifier: MIT
// Areas in a range of addresses: a tree ordered by address that also records the gaps.
//
// Each area stores the gap below it and the largest gap of its subtree, so one descent finds the lowest
// gap that is large enough, in O(log n). An empty area at the end of the range stores the gap above the
// last real area, so the tree is never empty.
// Linux: mm/vmalloc.c, with a second tree of the free areas.
#pragma once

#include <kernel/spinlock.h>
#include <lib/rbtree.h>

// Locks: [s] the space's lock
struct vmap_area {
	struct rb_node node; // [s]
	// [s] end is exclusive; neither changes while the area is in the tree
	unsigned long start, end;
	unsigned long gap;     // [s] free bytes between the area below and this one
	unsigned long largest; // [s] the largest gap of the subtree
};

struct vmap_space {
	struct spinlock lock;
	struct rb_root root;     // [s]
	struct vmap_area border; // [s] the empty area at the end
	unsigned long used;      // [s] bytes in areas
	unsigned long count;     // [s] areas, the border not counted
};

// An empty space of the addresses [first, behind).
// clang-format off
#define VMAP_SPACE_INIT(name, first, behind)                                                     \
	{ .root = { &(name).border.node },                                                       \
	  .border = { .node = { .parent_color = 1 }, .start = (behind), .end = (behind),         \
		      .gap = (behind) - (first), .largest = (behind) - (first) } }
// clang-format on

// These need the lock and never sleep. (vmap_space_check() takes the lock itself.)

// Places an area of size bytes at the start of the lowest gap that is large enough. size: whole pages,
// not 0. Returns 0 or -ENOMEM.
__must_check int vmap_area_insert(struct vmap_space *space, struct vmap_area *area,
				  unsigned long size);
// Removes an area.
void vmap_area_remove(struct vmap_space *space, struct vmap_area *area);

// The lowest area that ends above va; NULL: none. It contains va if its start is not above va.
struct vmap_area *vmap_area_from(const struct vmap_space *space, unsigned long va);

static inline unsigned long vmap_largest_gap(const struct vmap_space *space)
{
	return rb_entry(space->root.rb_node, struct vmap_area, node)->largest;
}

// Recounts the tree; panics with the condition that failed.
void vmap_space_check(struct vmap_space *space, unsigned long first);
