// SPDX-License-Identifier: MIT
// Red-black trees without augmentation, iterating, checking. lib/rbtree_augmented.h does the balancing.
//
// Linux: lib/rbtree.c.

#include <lib/rbtree_augmented.h>

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	rb_balance_insert(node, root, NULL);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	rb_erase_augmented(node, root, NULL);
}

// ---- Iterating ----------------------------------------------------------------------------------

// The outermost node on one side of a subtree.
static struct rb_node *outermost(struct rb_node *node, int side)
{
	while (node && node->child[side])
		node = node->child[side];
	return node;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return outermost(root->rb_node, 0);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return outermost(root->rb_node, 1);
}

// The neighbour in order: the nearest node in the subtree on that side; without one, the first ancestor
// that has this node on its other side.
static struct rb_node *rb_neighbour(const struct rb_node *node, int side)
{
	const struct rb_node *parent;

	if (node->child[side])
		return outermost(node->child[side], !side);
	while ((parent = rb_parent(node)) != NULL && parent->child[side] == node)
		node = parent;
	return (struct rb_node *)parent;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return rb_neighbour(node, 1);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return rb_neighbour(node, 0);
}

// ---- Checking -----------------------------------------------------------------------------------

struct recount {
	bool (*holds)(const struct rb_node *node);
	const char *wrong;
};

// Returns the number of black nodes on each path down, this one included. Keeps the first error found.
static int black_height(const struct rb_node *node, const struct rb_node *parent, struct recount *r)
{
	int left, right;

	if (!node || r->wrong)
		return 0;
	if (rb_parent(node) != parent)
		r->wrong = "a node's parent is the one it hangs below";
	else if (!rb_is_black(node) &&
		 (!rb_is_black(node->rb_left) || !rb_is_black(node->rb_right)))
		r->wrong = "a red node has no red child";
	else if (r->holds && !r->holds(node))
		r->wrong = "a node has the order and the values that its user says";
	left = black_height(node->rb_left, node, r);
	right = black_height(node->rb_right, node, r);
	if (!r->wrong && left != right)
		r->wrong = "all ways down have equally many black nodes";
	return left + rb_is_black(node);
}

const char *rb_check(const struct rb_root *root, bool (*holds)(const struct rb_node *node))
{
	struct recount r = { holds, NULL };

	if (!rb_is_black(root->rb_node))
		return "the root is black";
	black_height(root->rb_node, NULL, &r);
	return r.wrong;
}
