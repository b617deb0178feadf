// SPDX-License-Identifier: MIT
// Red-black trees: balancing, stepping, recounting.
//
// The rules: the root is black; a red node has no red child; every way from a node down to where
// there is no child has as many black nodes as any other. So no way is longer than twice another.
// A side is 0 (left) or 1 (right): each case and its mirror image are the same lines.
// Linux: lib/rbtree.c. The algorithm is that of Cormen et al., "Introduction to Algorithms", ch. 13.

#include <lib/rbtree.h>

#define BLACK 1UL

static bool is_black(const struct rb_node *node)
{
	return !node || (node->parent_color & BLACK);
}

static void set_black(struct rb_node *node)
{
	node->parent_color |= BLACK;
}

static void set_red(struct rb_node *node)
{
	node->parent_color &= ~BLACK;
}

static void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent_color = (unsigned long)parent | (node->parent_color & BLACK);
}

static int side_of(const struct rb_node *parent, const struct rb_node *child)
{
	return parent->rb_right == child;
}

// Where `old` hung below its parent (NULL: as the root), `new` hangs now.
static void replace_child(struct rb_node *parent, struct rb_node *old, struct rb_node *new,
			  struct rb_root *root)
{
	if (parent)
		parent->child[side_of(parent, old)] = new;
	else
		root->rb_node = new;
}

// Turns top down to its `side`: its other child comes up in its place. What the subtree knows of
// itself as a whole stays the same, so only these two are updated.
static void rotate(struct rb_node *top, int side, struct rb_root *root, rb_update_fn update)
{
	struct rb_node *up = top->child[!side], *parent = rb_parent(top), *inner = up->child[side];

	top->child[!side] = inner;
	if (inner)
		set_parent(inner, top);
	up->child[side] = top;
	set_parent(top, up);
	set_parent(up, parent);
	replace_child(parent, top, up, root);
	if (update) {
		update(top);
		update(up);
	}
}

void rb_propagate(struct rb_node *node, rb_update_fn update)
{
	for (; node; node = rb_parent(node))
		update(node);
}

// The new node is red; above it there may be a red one, but nothing else is wrong.
static void balance_insert(struct rb_node *node, struct rb_root *root, rb_update_fn update)
{
	struct rb_node *parent, *grand, *uncle;

	while ((parent = rb_parent(node)) != NULL && !is_black(parent)) {
		grand = rb_parent(parent); // there is one: a red node is no root
		const int side = side_of(grand, parent);

		uncle = grand->child[!side];
		if (!is_black(uncle)) { // the red moves up two levels
			set_black(parent);
			set_black(uncle);
			set_red(grand);
			node = grand;
			continue;
		}
		if (parent->child[!side] == node) { // an inner grandchild becomes an outer one
			rotate(parent, side, root, update);
			parent = node;
		}
		set_black(parent);
		set_red(grand);
		rotate(grand, !side, root, update);
		break;
	}
	set_black(root->rb_node);
}

void rb_insert_augmented(struct rb_node *node, struct rb_root *root, rb_update_fn update)
{
	rb_propagate(node, update);
	balance_insert(node, root, update);
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	balance_insert(node, root, NULL);
}

// Every way through node (which may be NULL: an empty place below parent) is a black node short.
static void balance_erase(struct rb_node *node, struct rb_node *parent, struct rb_root *root,
			  rb_update_fn update)
{
	while (parent && is_black(node)) {
		const int side = side_of(parent, node);
		struct rb_node *sibling = parent->child[!side]; // there is one: it has black below

		if (!is_black(sibling)) { // then parent is black: make the sibling a black one
			set_black(sibling);
			set_red(parent);
			rotate(parent, side, root, update);
			sibling = parent->child[!side];
		}
		if (is_black(sibling->rb_left) && is_black(sibling->rb_right)) {
			set_red(sibling); // now all below parent is short: go on there
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		if (is_black(sibling->child[!side])) { // the red nephew is to be the outer one
			set_black(sibling->child[side]);
			set_red(sibling);
			rotate(sibling, !side, root, update);
			sibling = parent->child[!side];
		}
		if (is_black(parent))
			set_black(sibling);
		else
			set_red(sibling);
		set_black(parent);
		set_black(sibling->child[!side]);
		rotate(parent, side, root, update);
		return;
	}
	if (node)
		set_black(node);
}

// The next node in order, which has no left child, takes the place of `node`, which has both
// children. Returns the parent of the place that is empty now; *child: what hangs there since.
static struct rb_node *take_place(struct rb_node *node, struct rb_root *root,
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
		set_parent(next->rb_right, next);
	}
	next->rb_left = node->rb_left;
	set_parent(next->rb_left, next);
	replace_child(rb_parent(node), node, next, root);
	next->parent_color = node->parent_color;
	return parent;
}

void rb_erase_augmented(struct rb_node *node, struct rb_root *root, rb_update_fn update)
{
	struct rb_node *parent, *child;
	bool black; // of the node whose place is gone

	if (node->rb_left && node->rb_right) {
		const struct rb_node *next = rb_next(node);

		black = is_black(next);
		parent = take_place(node, root, &child);
	} else {
		black = is_black(node);
		parent = rb_parent(node);
		child = node->rb_left ? node->rb_left : node->rb_right;
		replace_child(parent, node, child, root);
	}
	if (child)
		set_parent(child, parent);
	if (update)
		rb_propagate(parent, update);
	if (black)
		balance_erase(child, parent, root, update);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	rb_erase_augmented(node, root, NULL);
}

// ---- Stepping -----------------------------------------------------------------------------------

// The outermost node on a side of a subtree.
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

// The neighbour in order: the nearest node of the subtree on that side, or the first above that has
// the way here on its other side.
static struct rb_node *step(const struct rb_node *node, int side)
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
	return step(node, 1);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return step(node, 0);
}

// ---- Recounting ---------------------------------------------------------------------------------

struct recount {
	bool (*holds)(const struct rb_node *node);
	const char *wrong;
};

// How many black nodes each way below has, this one included. The first thing that is wrong is kept.
static int black_height(const struct rb_node *node, const struct rb_node *parent, struct recount *r)
{
	int left, right;

	if (!node || r->wrong)
		return 0;
	if (rb_parent(node) != parent)
		r->wrong = "a node's parent is the one it hangs below";
	else if (!is_black(node) && (!is_black(node->rb_left) || !is_black(node->rb_right)))
		r->wrong = "a red node has no red child";
	else if (r->holds && !r->holds(node))
		r->wrong = "a node has the order and the values that its user says";
	left = black_height(node->rb_left, node, r);
	right = black_height(node->rb_right, node, r);
	if (!r->wrong && left != right)
		r->wrong = "all ways down have equally many black nodes";
	return left + is_black(node);
}

const char *rb_check(const struct rb_root *root, bool (*holds)(const struct rb_node *node))
{
	struct recount r = { holds, NULL };

	if (!is_black(root->rb_node))
		return "the root is black";
	black_height(root->rb_node, NULL, &r);
	return r.wrong;
}
