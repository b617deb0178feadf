// SPDX-License-Identifier: MIT
// Balancing of red-black trees, with `update` as a parameter: inline, so that a constant `update` costs
// no indirect calls. To save code, call each of these from only one place.
//
// The rules: the root is black; a red node has no red child; all paths from a node down to an empty
// place have the same number of black nodes. So no path is more than twice as long as another.
// A side is 0 (left) or 1 (right): the same code handles a case and its mirror image.
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

// Replaces `old` by `new` as a child of parent (NULL: as the root).
static __always_inline void rb_replace_child(struct rb_node *parent, struct rb_node *old,
					     struct rb_node *new, struct rb_root *root)
{
	if (parent)
		parent->child[rb_side_of(parent, old)] = new;
	else
		root->rb_node = new;
}

// Rotates top down to `side`; its other child takes its place. The subtree still has the same nodes, so
// only these two need an update.
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

// The new node is red. Its parent may be red, too; no other rule is broken.
static __always_inline void rb_balance_insert(struct rb_node *node, struct rb_root *root,
					      rb_update_fn update)
{
	struct rb_node *parent, *grand, *uncle;

	while ((parent = rb_parent(node)) != NULL && !rb_is_black(parent)) {
		grand = rb_parent(parent); // not NULL: the root is black
		const int side = rb_side_of(grand, parent);

		uncle = grand->child[!side];
		if (!rb_is_black(uncle)) { // the conflict moves up two levels
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

// Every path through node is one black node short. node may be NULL: an empty place below parent.
static __always_inline void rb_balance_erase(struct rb_node *node, struct rb_node *parent,
					     struct rb_root *root, rb_update_fn update)
{
	while (parent && rb_is_black(node)) {
		const int side = rb_side_of(parent, node);
		struct rb_node *sibling = parent->child[!side]; // not NULL: it has black below

		if (!rb_is_black(sibling)) { // then parent is black: rotate to get a black sibling
			rb_set_black(sibling);
			rb_set_red(parent);
			rb_rotate(parent, side, root, update);
			sibling = parent->child[!side];
		}
		if (rb_is_black(sibling->rb_left) && rb_is_black(sibling->rb_right)) {
			rb_set_red(sibling); // now all of parent's paths are short
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		if (rb_is_black(sibling->child[!side])) { // make the outer nephew the red one
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

// `node` has two children: its successor, which has no left child, takes its place. Returns the parent of
// the successor's old place; *child: the node that is there now, or NULL.
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

// Updates `node` and its ancestors after a removal. Must reach `moved` (NULL: none), which has taken the
// removed node's place and needs a new value; above it, stops when a value does not change.
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
	bool black; // the colour that the tree has lost

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
