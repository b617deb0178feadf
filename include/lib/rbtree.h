// SPDX-License-Identifier: MIT
// Red-black trees: an rb_node inside each element, the order is the user's own.
//
// The user walks down by rb_left and rb_right, comparing as it likes, links the new node where the
// walk ended (rb_link_node) and lets the tree balance itself:
//
//   struct rb_node **link = &root->rb_node, *parent = NULL;
//   while (*link) {
//           parent = *link;
//           link = item->key < rb_entry(parent, struct item, node)->key ? &parent->rb_left
//                                                                       : &parent->rb_right;
//   }
//   rb_link_node(&item->node, parent, link);
//   rb_insert_color(&item->node, root);
//
// A tree may be augmented: each element knows something of its whole subtree, as the largest of
// some value. `update` computes that of one node from the node and its children.
// Locks: the user's. Nothing here allocates; everything takes at most O(log n) steps.
// Linux: include/linux/rbtree.h, rbtree_augmented.h, whose augmentation takes three callbacks.
#pragma once

#include <lib/util.h>

struct rb_node {
	unsigned long parent_color; // the parent's address; bit 0: this node is black
	union {
		struct {
			struct rb_node *rb_left, *rb_right;
		};
		struct rb_node *child[2];
	};
};

struct rb_root {
	struct rb_node *rb_node; // NULL: the tree is empty
};

// clang-format off
#define RB_ROOT (struct rb_root){ NULL }
// clang-format on

#define rb_parent(n)                ((struct rb_node *)((n)->parent_color & ~1UL))
#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define RB_EMPTY_ROOT(root)         ((root)->rb_node == NULL)

// Computes what a node knows of its subtree, from itself and its children (which are right already).
// Returns whether that has changed.
typedef bool (*rb_update_fn)(struct rb_node *node);

// Makes node the child of parent (NULL: the root) that *link is. A call of rb_insert_* must follow.
static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->parent_color = (unsigned long)parent; // red
	node->rb_left = node->rb_right = NULL;
	*link = node;
}

// Balances the tree after rb_link_node().
void rb_insert_color(struct rb_node *node, struct rb_root *root);
// Takes a node out of the tree that it is in; what the node holds is as it was.
void rb_erase(struct rb_node *node, struct rb_root *root);

// For augmented trees (lib/rbtree_augmented.h):
//   rb_propagate(node, update)   node's own value has changed: updates it, and above it as far as
//                                anything changes
//   rb_insert_augmented(node, root, update)   balances; the caller has called rb_propagate() for the
//                                linked node, or knows that nobody above learns anything new from it
//   rb_erase_augmented(node, root, update)    takes the node out, and updates what has known of it

// In order; NULL behind the ends. The tree may not change between two steps, but rb_next() of a node
// may be asked for before the node is erased.
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

// Recounts a tree: parents, colours, equally many black nodes on every path, and for each node
// holds(node), which the user gives (order, augmentation) or leaves NULL. Recursive, not deeper than
// the tree. Returns NULL, or the sentence that is false.
const char *rb_check(const struct rb_root *root, bool (*holds)(const struct rb_node *node));
