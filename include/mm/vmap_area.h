// SPDX-License-Identifier: MIT
// Areas of a range of addresses: a tree ordered by address, which knows the gaps between them.
//
// Each area knows the gap below it and the largest gap of its subtree, so the lowest gap that is
// large enough is found in O(log n), on one way down. An empty area at the end of the range stands
// for the gap behind the last real one; the tree is never empty.
// Linux: mm/vmalloc.c, with a second tree of the free areas.
#pragma once

#include <kernel/spinlock.h>
#include <lib/rbtree.h>

// Locks: [s] the space's lock
struct vmap_area {
	struct rb_node node; // [s]
	// [s] end is exclusive; neither changes while the area is in the tree
	unsigned long start, end;
	unsigned long gap;     // [s] free bytes from the area below to this one's start
	unsigned long largest; // [s] the largest gap of the subtree
};

struct vmap_space {
	struct spinlock lock;
	struct rb_root root;     // [s]
	struct vmap_area border; // [s] the empty area at the end
	unsigned long used;      // [s] bytes in areas
	unsigned long count;     // [s] areas, the border not counted
};

// A space of the addresses [first, behind), without areas.
// clang-format off
#define VMAP_SPACE_INIT(name, first, behind)                                                     \
	{ .root = { &(name).border.node },                                                       \
	  .border = { .node = { .parent_color = 1 }, .start = (behind), .end = (behind),         \
		      .gap = (behind) - (first), .largest = (behind) - (first) } }
// clang-format on

// All of these need the lock; none sleeps.

// Puts an area of size bytes at the start of the lowest gap that holds it. size: whole pages, not 0.
// Returns 0 or -ENOMEM.
__must_check int vmap_area_insert(struct vmap_space *space, struct vmap_area *area,
				  unsigned long size);
// Takes an area out again.
void vmap_area_remove(struct vmap_space *space, struct vmap_area *area);

// The lowest area that ends above va; NULL: there is none. It holds va when its start is not above.
struct vmap_area *vmap_area_from(const struct vmap_space *space, unsigned long va);

static inline unsigned long vmap_largest_gap(const struct vmap_space *space)
{
	return rb_entry(space->root.rb_node, struct vmap_area, node)->largest;
}

// Recounts the tree; panics with the sentence that is false.
void vmap_space_check(struct vmap_space *space, unsigned long first);
