// SPDX-License-Identifier: MIT
// Red-black trees: an rb_node in each element; the user defines the order.
//
// To insert, the user walks down along rb_left and rb_right with its own comparison, links the new node
// where the walk ends (rb_link_node), then rebalances the tree:
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
// A tree may be augmented: each element stores a value about its whole subtree, for example a maximum.
// `update` computes it from the node and its children.
// Locks: the user's. Nothing here allocates. Everything but rb_check() takes O(log n) steps.
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

// Recomputes a node's value about its subtree, from the node and its children, whose values are correct.
// Returns whether it has changed.
typedef bool (*rb_update_fn)(struct rb_node *node);

// Links node at *link, as a child of parent (NULL: as the root). Then call rb_insert_*().
static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->parent_color = (unsigned long)parent; // red
	node->rb_left = node->rb_right = NULL;
	*link = node;
}

// Balances the tree after rb_link_node().
void rb_insert_color(struct rb_node *node, struct rb_root *root);
// Removes a node from the tree. Does not change the node itself.
void rb_erase(struct rb_node *node, struct rb_root *root);

// For augmented trees (lib/rbtree_augmented.h):
//   rb_propagate(node, update)   after a change of node's own value: updates the node, then its
//                                ancestors until one does not change
//   rb_insert_augmented(node, root, update)   rebalances. Call rb_propagate() for the linked node first,
//                                unless no ancestor's value changes
//   rb_erase_augmented(node, root, update)    removes the node and updates its ancestors

// In order; NULL past the ends. The tree must not change between two steps. To erase while iterating,
// call rb_next() before erasing the node.
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

// Checks a tree: parents, colours, the same number of black nodes on every path, and holds(node) for each
// node: the user's own check (order, augmentation), or NULL. Recursive, to the tree's depth. Returns
// NULL, or the rule that is broken.
const char *rb_check(const struct rb_root *root, bool (*holds)(const struct rb_node *node));
