// SPDX-License-Identifier: MIT
// Areas in a range of addresses, and the gaps between them.
//
// Owns: the tree of a struct vmap_space, and gap and largest of its areas.

#include <abi/errno.h>
#include <lib/rbtree_augmented.h>
#include <mm/vmap_area.h>

static struct vmap_area *area_of(const struct rb_node *node)
{
	return rb_entry((struct rb_node *)node, struct vmap_area, node);
}

static unsigned long largest_of(const struct rb_node *node)
{
	return node ? area_of(node)->largest : 0;
}

static bool update_largest(struct rb_node *node)
{
	const unsigned long below = largest_of(node->rb_left), above = largest_of(node->rb_right);
	struct vmap_area *area = area_of(node);
	const unsigned long before = area->largest;

	area->largest = max(area->gap, max(below, above));
	return area->largest != before;
}

// The area above the lowest gap of at least size bytes; there must be such a gap.
static struct vmap_area *lowest_gap(const struct vmap_space *space, unsigned long size)
{
	const struct rb_node *node = space->root.rb_node;

	for (;;) {
		if (largest_of(node->rb_left) >= size)
			node = node->rb_left;
		else if (area_of(node)->gap >= size)
			return area_of(node);
		else
			node = node->rb_right;
	}
}

// Links an area into the tree just before `next`.
static void link_before(struct vmap_space *space, struct vmap_area *area, struct vmap_area *next)
{
	struct rb_node *parent = &next->node, **link = &parent->rb_left;

	while (*link) {
		parent = *link;
		link = &parent->rb_right;
	}
	rb_link_node(&area->node, parent, link);
	// Its gap is 0, so it changes no ancestor's `largest`.
	rb_insert_augmented(&area->node, &space->root, update_largest);
}

int vmap_area_insert(struct vmap_space *space, struct vmap_area *area, unsigned long size)
{
	struct vmap_area *next;

	lockdep_assert_held(&space->lock);
	if (vmap_largest_gap(space) < size)
		return -ENOMEM;
	next = lowest_gap(space, size);
	area->start = next->start - next->gap;
	area->end = area->start + size;
	area->gap = area->largest = 0;
	next->gap -= size;
	rb_propagate(&next->node, update_largest);
	link_before(space, area, next);
	space->used += size;
	space->count++;
	return 0;
}

void vmap_area_remove(struct vmap_space *space, struct vmap_area *area)
{
	struct vmap_area *next = area_of(rb_next(&area->node)); // the border, at least

	lockdep_assert_held(&space->lock);
	rb_erase_augmented(&area->node, &space->root, update_largest);
	next->gap += area->gap + (area->end - area->start);
	rb_propagate(&next->node, update_largest);
	space->used -= area->end - area->start;
	space->count--;
}

struct vmap_area *vmap_area_from(const struct vmap_space *space, unsigned long va)
{
	const struct rb_node *node = space->root.rb_node;
	struct vmap_area *found = NULL;

	while (node) {
		if (area_of(node)->end > va) {
			found = area_of(node);
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found == &space->border ? NULL : found;
}

static bool area_node_ok(const struct rb_node *node)
{
	const struct vmap_area *area = area_of(node);
	const struct rb_node *next = rb_next(node);

	return area->largest ==
		       max(area->gap, max(largest_of(node->rb_left), largest_of(node->rb_right))) &&
	       (!next || area->end + area_of(next)->gap == area_of(next)->start);
}

void vmap_space_check(struct vmap_space *space, unsigned long first)
{
	const struct rb_node *node;
	unsigned long used = 0, count = 0, at = first, flags = spin_lock_irqsave(&space->lock);
	const char *wrong = rb_check(&space->root, area_node_ok);

	if (wrong)
		panic("vmap_space_check: not true: %s", wrong);
	for (node = rb_first(&space->root); node; node = rb_next(node)) {
		const struct vmap_area *area = area_of(node);

		BUG_ON(area->start != at + area->gap || area->end < area->start);
		BUG_ON((area->end == area->start) != (area == &space->border));
		at = area->end;
		used += area->end - area->start;
		count++;
	}
	BUG_ON(at != space->border.end);
	BUG_ON(used != space->used || count != space->count + 1);
	spin_unlock_irqrestore(&space->lock, flags);
}
