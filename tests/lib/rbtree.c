// SPDX-License-Identifier: MIT
// Red-black trees: every order of few nodes, random runs against a sorted array, and broken trees.

#include <kernel/ktest.h>
#include <lib/rbtree_augmented.h>

#include "random.h"

SUITE("rbtree");

#define MOST 400

// An item knows how many items its subtree has, and the largest weight in it.
struct item {
	struct rb_node node;
	int key;
	unsigned int weight, count, heaviest;
	bool in;
};

static struct {
	struct rb_root root;
	struct item items[MOST]; // by key
	u32 random;
	unsigned int updates;
} tree;

static struct item *item_of(const struct rb_node *node)
{
	return rb_entry((struct rb_node *)node, struct item, node);
}

static void subtree_figures(const struct rb_node *node, unsigned int *count, unsigned int *heaviest)
{
	*count = 1;
	*heaviest = item_of(node)->weight;
	for (int side = 0; side < 2; side++) {
		if (!node->child[side])
			continue;
		*count += item_of(node->child[side])->count;
		*heaviest = max(*heaviest, item_of(node->child[side])->heaviest);
	}
}

static bool update_figures(struct rb_node *node)
{
	const unsigned int count = item_of(node)->count, heaviest = item_of(node)->heaviest;

	tree.updates++;
	subtree_figures(node, &item_of(node)->count, &item_of(node)->heaviest);
	return count != item_of(node)->count || heaviest != item_of(node)->heaviest;
}

// What must be true of every node: its neighbours' order, and what it knows of its subtree.
static bool node_holds(const struct rb_node *node)
{
	const struct rb_node *next = rb_next(node);
	unsigned int count, heaviest;

	subtree_figures(node, &count, &heaviest);
	return count == item_of(node)->count && heaviest == item_of(node)->heaviest &&
	       (!next || (item_of(next)->key > item_of(node)->key && rb_prev(next) == node));
}

static void tree_clear(void)
{
	memset(&tree, 0, sizeof(tree));
	tree.random = 0x896;
	for (int i = 0; i < MOST; i++)
		tree.items[i].key = i;
}

static u32 tree_random_below(u32 n)
{
	return random_below(&tree.random, n);
}

static void tree_insert(int key, bool augmented)
{
	struct rb_node **link = &tree.root.rb_node, *parent = NULL;
	struct item *item = &tree.items[key];

	while (*link) {
		parent = *link;
		link = key < item_of(parent)->key ? &parent->rb_left : &parent->rb_right;
	}
	item->in = true;
	rb_link_node(&item->node, parent, link);
	if (augmented) {
		item->count = 0; // so that something changes
		rb_propagate(&item->node, update_figures);
		rb_insert_augmented(&item->node, &tree.root, update_figures);
	} else {
		rb_insert_color(&item->node, &tree.root);
	}
}

static void tree_erase(int key, bool augmented)
{
	tree.items[key].in = false;
	if (augmented)
		rb_erase_augmented(&tree.items[key].node, &tree.root, update_figures);
	else
		rb_erase(&tree.items[key].node, &tree.root);
}

// Whether the tree has just those of the first n items that are in, both ways round.
static bool same_as_model(int n)
{
	const struct rb_node *node = rb_first(&tree.root);

	for (int i = 0; i < n; i++) {
		if (!tree.items[i].in)
			continue;
		if (node != &tree.items[i].node)
			return false;
		node = rb_next(node);
	}
	if (node)
		return false;
	node = rb_last(&tree.root);
	for (int i = n - 1; i >= 0; i--) {
		if (!tree.items[i].in)
			continue;
		if (node != &tree.items[i].node)
			return false;
		node = rb_prev(node);
	}
	return node == NULL;
}

static int depth(const struct rb_node *node)
{
	return node ? 1 + max(depth(node->rb_left), depth(node->rb_right)) : 0;
}

TEST("an empty tree has no first and no last node, and recounts")
{
	tree_clear();
	EXPECT_TRUE(RB_EMPTY_ROOT(&tree.root));
	EXPECT_EQ(rb_first(&tree.root), NULL);
	EXPECT_EQ(rb_last(&tree.root), NULL);
	EXPECT_EQ(rb_check(&tree.root, node_holds), NULL);
}

// The n-th permutation of 0..count-1.
static void permutation(unsigned int n, int count, int *order)
{
	for (int i = 0; i < count; i++)
		order[i] = i;
	for (int i = 0; i < count; i++) {
		const int j = i + (int)(n % (count - i)), moved = order[j];

		n /= count - i;
		order[j] = order[i];
		order[i] = moved;
	}
}

#define FEW      6
#define FEW_WAYS 720

TEST("six nodes inserted in each of the 720 orders, then erased in another, keep all rules")
{
	int in[FEW], out[FEW];
	unsigned int wrong = 0;

	tree_clear();
	for (unsigned int n = 0; n < FEW_WAYS; n++) {
		permutation(n, FEW, in);
		permutation(n * 7919 % FEW_WAYS, FEW, out);
		for (int i = 0; i < FEW; i++) {
			tree_insert(in[i], true);
			wrong += rb_check(&tree.root, node_holds) != NULL || !same_as_model(FEW);
		}
		for (int i = 0; i < FEW; i++) {
			tree_erase(out[i], true);
			wrong += rb_check(&tree.root, node_holds) != NULL || !same_as_model(FEW);
		}
		wrong += !RB_EMPTY_ROOT(&tree.root);
	}
	EXPECT_EQ(wrong, 0);
}

TEST("ascending, descending and alternating keys: no way down is longer than 2 log2(n + 1)")
{
	tree_clear();
	for (int i = 0; i < 255; i++)
		tree_insert(i, false);
	EXPECT_LE(depth(tree.root.rb_node), 16);
	EXPECT_EQ(rb_check(&tree.root, NULL), NULL);
	tree_clear();
	for (int i = 254; i >= 0; i--)
		tree_insert(i, false);
	EXPECT_LE(depth(tree.root.rb_node), 16);
	EXPECT_EQ(rb_check(&tree.root, NULL), NULL);
	tree_clear();
	for (int i = 0; i < 255; i++)
		tree_insert(i & 1 ? i : 254 - i, false);
	EXPECT_LE(depth(tree.root.rb_node), 16);
	EXPECT_EQ(rb_check(&tree.root, NULL), NULL);
	EXPECT_TRUE(same_as_model(MOST));
}

static void toggle(int key, bool augmented)
{
	if (tree.items[key].in) {
		tree_erase(key, augmented);
	} else {
		tree.items[key].weight = tree_random_below(1000);
		tree_insert(key, augmented);
	}
}

TEST("20,000 random insertions and removals: order, colours and augmentation are recounted")
{
	unsigned int wrong = 0;

	tree_clear();
	for (int i = 0; i < 20000; i++) {
		toggle((int)tree_random_below(MOST), true);
		if (i % 100 == 0)
			wrong += rb_check(&tree.root, node_holds) != NULL || !same_as_model(MOST);
	}
	EXPECT_EQ(wrong, 0);
	for (int i = 0; i < MOST; i++)
		if (tree.items[i].in)
			tree_erase(i, true);
	EXPECT_TRUE(RB_EMPTY_ROOT(&tree.root));
}

TEST("20,000 random insertions and removals without augmentation ask for no update")
{
	unsigned int wrong = 0;

	tree_clear();
	for (int i = 0; i < 20000; i++) {
		toggle((int)tree_random_below(MOST), false);
		if (i % 100 == 0)
			wrong += rb_check(&tree.root, NULL) != NULL || !same_as_model(MOST);
	}
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(tree.updates, 0);
}

TEST("a node whose own value changes tells all above it, and asks for O(log n) updates")
{
	tree_clear();
	for (int i = 0; i < MOST; i++)
		tree_insert(i, true);
	for (int i = 0; i < MOST; i += 7) {
		tree.items[i].weight = 5000 + i;
		tree.updates = 0;
		rb_propagate(&tree.items[i].node, update_figures);
		EXPECT_LE(tree.updates, 18);
		EXPECT_EQ(item_of(tree.root.rb_node)->heaviest, 5000 + i);
	}
	EXPECT_EQ(rb_check(&tree.root, node_holds), NULL);
	EXPECT_EQ(item_of(tree.root.rb_node)->count, MOST);
}

TEST("what changes nothing at a node is not passed on to those above it")
{
	struct rb_node *leaf, *above;
	unsigned int way = 0;

	tree_clear();
	for (int i = 0; i < 100; i++)
		tree_insert(i, true);
	leaf = rb_first(&tree.root);
	above = rb_parent(rb_parent(leaf));
	tree.updates = 0;
	rb_propagate(leaf, update_figures);
	EXPECT_EQ(tree.updates, 1);
	// The leaf and its parent change; the one above them, which is heavier itself, does not.
	item_of(above)->weight = 10;
	rb_propagate(above, update_figures);
	item_of(leaf)->weight = 5;
	tree.updates = 0;
	rb_propagate(leaf, update_figures);
	EXPECT_EQ(tree.updates, 3);
	item_of(leaf)->weight = 20; // up to the root
	for (const struct rb_node *node = leaf; node; node = rb_parent(node))
		way++;
	tree.updates = 0;
	rb_propagate(leaf, update_figures);
	EXPECT_EQ(tree.updates, way);
	EXPECT_EQ(rb_check(&tree.root, node_holds), NULL);
}

static bool update_heaviest(struct rb_node *node)
{
	const unsigned int heaviest = item_of(node)->heaviest;
	unsigned int count;

	tree.updates++;
	subtree_figures(node, &count, &item_of(node)->heaviest);
	return heaviest != item_of(node)->heaviest;
}

// A tree of 100, and a red node without children in it: when it goes, nothing is turned.
static struct rb_node *red_leaf_of_100(void)
{
	struct rb_node *node;

	tree_clear();
	for (int i = 0; i < 100; i++)
		tree_insert(i, true);
	node = rb_first(&tree.root);
	while (rb_is_black(node) || node->rb_left || node->rb_right)
		node = rb_next(node);
	return node;
}

TEST("a removal that changes nothing above asks for one update, one that changes all for all")
{
	struct rb_node *leaf = red_leaf_of_100();
	unsigned int way = 0;

	tree.updates = 0;
	rb_erase_augmented(leaf, &tree.root, update_heaviest);
	EXPECT_EQ(tree.updates, 1);
	leaf = red_leaf_of_100();
	item_of(leaf)->weight = 1000;
	rb_propagate(leaf, update_heaviest);
	for (const struct rb_node *node = rb_parent(leaf); node; node = rb_parent(node))
		way++;
	EXPECT_GT(way, 3);
	tree.updates = 0;
	rb_erase_augmented(leaf, &tree.root, update_heaviest);
	EXPECT_EQ(tree.updates, way);
	EXPECT_EQ(item_of(tree.root.rb_node)->heaviest, 0);
}

TEST("the recount sees a wrong parent, two reds, a missing black, a wrong order and a wrong value")
{
	struct rb_node *top, *leaf;
	unsigned long kept;

	tree_clear();
	for (int i = 0; i < 20; i++)
		tree_insert(i, true);
	top = tree.root.rb_node;
	leaf = rb_first(&tree.root);
	kept = leaf->parent_color;
	leaf->parent_color = (unsigned long)top | (kept & 1);
	EXPECT_STREQ(rb_check(&tree.root, node_holds), "a node's parent is the one it hangs below");
	leaf->parent_color = kept ^ 1;
	EXPECT_NE(rb_check(&tree.root, node_holds), NULL);
	leaf->parent_color = kept;
	top->parent_color ^= 1;
	EXPECT_STREQ(rb_check(&tree.root, node_holds), "the root is black");
	top->parent_color ^= 1;
	item_of(top)->weight = 1000000;
	EXPECT_STREQ(rb_check(&tree.root, node_holds),
		     "a node has the order and the values that its user says");
	item_of(top)->weight = 0;
	item_of(leaf)->key = 100;
	EXPECT_STREQ(rb_check(&tree.root, node_holds),
		     "a node has the order and the values that its user says");
	item_of(leaf)->key = 0;
	EXPECT_EQ(rb_check(&tree.root, node_holds), NULL);
}
