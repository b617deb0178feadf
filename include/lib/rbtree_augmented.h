// SPDX-License-Identifier: MIT
// Balancing of red-black trees, for a given `update`: inline, so that a constant one costs no calls.
// Call these from one place each.
//
// The rules: the root is black; a red node has no red child; every way from a node down to where
// there is no child has as many black nodes as any other. So no way is longer than twice another.
// A side is 0 (left) or 1 (right): each case and its mirror image are the same lines.
// Linux: rbtree_augmented.h. The algorithm is that of Cormen et al., "Introduction to Algorithms", ch. 13.
#pragma once

#include <lib/rbtree.h>

#define RB_BLACK 1UL

static __always_inline bool rb_is_black(const struct rb_node *node)
{
	return !node || (node->parent_color & RB_BLACK);
}

static __always_inline void rb_set_black(struct rb_node *node)
{
	node->parent_color |= RB_BLACK;
}

static __always_inline void rb_set_red(struct rb_node *node)
{
	node->parent_color &= ~RB_BLACK;
}

static __always_inline void rb_set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent_color = (unsigned long)parent | (node->parent_color & RB_BLACK);
}

static __always_inline int rb_side_of(const struct rb_node *parent, const struct rb_node *child)
{
	return parent->rb_right == child;
}

// Where `old` hung below its parent (NULL: as the root), `new` hangs now.
static __always_inline void rb_replace_child(struct rb_node *parent, struct rb_node *old,
					     struct rb_node *new, struct rb_root *root)
{
	if (parent)
		parent->child[rb_side_of(parent, old)] = new;
	else
		root->rb_node = new;
}

// Turns top down to its `side`: its other child comes up in its place. What the subtree knows of
// itself as a whole stays the same, so only these two are updated.
static __always_inline void rb_rotate(struct rb_node *top, int side, struct rb_root *root,
				      rb_update_fn update)
{
	struct rb_node *up = top->child[!side], *parent = rb_parent(top), *inner = up->child[side];

	top->child[!side] = inner;
	if (inner)
		rb_set_parent(inner, top);
	up->child[side] = top;
	rb_set_parent(top, up);
	rb_set_parent(up, parent);
	rb_replace_child(parent, top, up, root);
	if (update) {
		update(top);
		update(up);
	}
}

static __always_inline void rb_propagate(struct rb_node *node, rb_update_fn update)
{
	while (node && update(node))
		node = rb_parent(node);
}

// The new node is red; above it there may be a red one, but nothing else is wrong.
static __always_inline void rb_balance_insert(struct rb_node *node, struct rb_root *root,
					      rb_update_fn update)
{
	struct rb_node *parent, *grand, *uncle;

	while ((parent = rb_parent(node)) != NULL && !rb_is_black(parent)) {
		grand = rb_parent(parent); // there is one: a red node is no root
		const int side = rb_side_of(grand, parent);

		uncle = grand->child[!side];
		if (!rb_is_black(uncle)) { // the red moves up two levels
			rb_set_black(parent);
			rb_set_black(uncle);
			rb_set_red(grand);
			node = grand;
			continue;
		}
		if (parent->child[!side] == node) { // an inner grandchild becomes an outer one
			rb_rotate(parent, side, root, update);
			parent = node;
		}
		rb_set_black(parent);
		rb_set_red(grand);
		rb_rotate(grand, !side, root, update);
		break;
	}
	rb_set_black(root->rb_node);
}

static __always_inline void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
						rb_update_fn update)
{
	rb_balance_insert(node, root, update);
}

// Every way through node (which may be NULL: an empty place below parent) is a black node short.
static __always_inline void rb_balance_erase(struct rb_node *node, struct rb_node *parent,
					     struct rb_root *root, rb_update_fn update)
{
	while (parent && rb_is_black(node)) {
		const int side = rb_side_of(parent, node);
		struct rb_node *sibling = parent->child[!side]; // there is one: it has black below

		if (!rb_is_black(sibling)) { // then parent is black: make the sibling a black one
			rb_set_black(sibling);
			rb_set_red(parent);
			rb_rotate(parent, side, root, update);
			sibling = parent->child[!side];
		}
		if (rb_is_black(sibling->rb_left) && rb_is_black(sibling->rb_right)) {
			rb_set_red(sibling); // now all below parent is short: go on there
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		if (rb_is_black(sibling->child[!side])) { // the red nephew is to be the outer one
			rb_set_black(sibling->child[side]);
			rb_set_red(sibling);
			rb_rotate(sibling, !side, root, update);
			sibling = parent->child[!side];
		}
		if (rb_is_black(parent))
			rb_set_black(sibling);
		else
			rb_set_red(sibling);
		rb_set_black(parent);
		rb_set_black(sibling->child[!side]);
		rb_rotate(parent, side, root, update);
		return;
	}
	if (node)
		rb_set_black(node);
}

// The next node in order, which has no left child, takes the place of `node`, which has both
// children. Returns the parent of the place that is empty now; *child: what hangs there since.
static __always_inline struct rb_node *rb_take_place(struct rb_node *node, struct rb_root *root,
						     struct rb_node **child)
{
	struct rb_node *next = node->rb_right, *parent;

	while (next->rb_left)
		next = next->rb_left;
	*child = next->rb_right;
	parent = rb_parent(next);
	if (parent == node) {
		parent = next;
	} else {
		parent->rb_left = *child;
		next->rb_right = node->rb_right;
		rb_set_parent(next->rb_right, next);
	}
	next->rb_left = node->rb_left;
	rb_set_parent(next->rb_left, next);
	rb_replace_child(rb_parent(node), node, next, root);
	next->parent_color = node->parent_color;
	return parent;
}

// From `node` up, after a removal. `moved` has taken another's place, and so has to be computed anew;
// what is above it knows the other's value. NULL: none has.
static __always_inline void rb_update_above(struct rb_node *node, const struct rb_node *moved,
					    rb_update_fn update)
{
	for (; node; node = rb_parent(node)) {
		const bool changed = update(node);

		if (node == moved)
			moved = NULL;
		else if (!changed && !moved)
			return;
	}
}

static __always_inline void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
					       rb_update_fn update)
{
	struct rb_node *parent, *child, *next = NULL;
	bool black; // of the node whose place is gone

	if (node->rb_left && node->rb_right) {
		next = rb_next(node);
		black = rb_is_black(next);
		parent = rb_take_place(node, root, &child);
	} else {
		black = rb_is_black(node);
		parent = rb_parent(node);
		child = node->rb_left ? node->rb_left : node->rb_right;
		rb_replace_child(parent, node, child, root);
	}
	if (child)
		rb_set_parent(child, parent);
	if (update)
		rb_update_above(parent, next, update);
	if (black)
		rb_balance_erase(child, parent, root, update);
}
