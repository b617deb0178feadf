// SPDX-License-Identifier: MIT
// The resource tree: the owners of physical addresses and of I/O ports.
//
// Owns: the links between resources; the resources that __request_region() made.
// Locks: [r] resources.lock.
// Rules: children are sorted by start, do not overlap, and are inside their parent.
// Linux: kernel/resource.c, with muxed and exclusive regions, and allocation of free ranges.

#include <abi/errno.h>
#include <arch/pt.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>
#include <lib/format.h>
#include <mm/resource.h>
#include <mm/slab.h>

struct resource iomem_resource = {
	.end = (resource_size_t)(BIT_ULL(PHYS_BITS) - 1),
	.name = "PCI mem",
	.flags = IORESOURCE_MEM,
};
struct resource ioport_resource = { .end = 0xffff, .name = "PCI IO", .flags = IORESOURCE_IO };

// Made by __request_region(), so that __release_region() may free it.
#define IORESOURCE_REQUESTED 0x02000000

unsigned long resource_mistakes;

static struct {
	struct spinlock lock;
} resources;

// ---- Links [r] ------------------------------------------------------------------------------------

static bool resource_holds(const struct resource *outer, const struct resource *inner)
{
	return outer->start <= inner->start && inner->end <= outer->end;
}

// The link to the first child that does not end below `start`.
static struct resource **child_link(struct resource *parent, resource_size_t start)
{
	struct resource **link = &parent->child;

	while (*link && (*link)->end < start)
		link = &(*link)->sibling;
	return link;
}

// Makes res a child of parent. Returns NULL, the child in the way, or parent if res is not inside it.
static struct resource *add_child(struct resource *parent, struct resource *res)
{
	struct resource **link;

	if (res->start > res->end || !resource_holds(parent, res))
		return parent;
	link = child_link(parent, res->start);
	if (*link && (*link)->start <= res->end)
		return *link;
	res->parent = parent;
	res->sibling = *link;
	*link = res;
	return NULL;
}

// Removes res; its children take its place in the parent.
static void unlink_child(struct resource *res)
{
	struct resource **link = child_link(res->parent, res->start), *rest = res->sibling;

	*link = res->child;
	for (; *link; link = &(*link)->sibling)
		(*link)->parent = res->parent;
	*link = rest;
	res->parent = res->sibling = res->child = NULL;
}

// Puts res around the children of parent that it overlaps. False: it overlaps one only partly.
static bool add_around(struct resource *parent, struct resource *res)
{
	struct resource **link = child_link(parent, res->start), *first = *link, *last = NULL;

	for (struct resource *r = first; r && r->start <= res->end; r = r->sibling) {
		if (!resource_holds(res, r))
			return false;
		last = r;
	}
	for (struct resource *r = first; r != last->sibling; r = r->sibling)
		r->parent = res;
	res->parent = parent;
	res->child = first;
	res->sibling = last->sibling;
	last->sibling = NULL;
	*link = res;
	return true;
}

// Never part of its callers: the list of call sites is the same by every compiler.
__noinline struct resource *resource_alloc(resource_size_t start, resource_size_t end,
					   const char *name, unsigned long flags)
{
	struct resource *res = kmalloc(sizeof(*res), GFP_KERNEL);

	if (res)
		*res = (struct resource){
			.start = start, .end = end, .name = name, .flags = flags
		};
	return res;
}

// ---- Resources that the caller owns -----------------------------------------------------------------

int request_resource(struct resource *parent, struct resource *res)
{
	const unsigned long flags = spin_lock_irqsave(&resources.lock);
	const bool in_the_way = add_child(parent, res);

	spin_unlock_irqrestore(&resources.lock, flags);
	return in_the_way ? -EBUSY : 0;
}

static int insert_child(struct resource *parent, struct resource *res)
{
	for (;;) {
		struct resource *other = add_child(parent, res);

		if (!other)
			return 0;
		if (other == parent)
			return -EBUSY;
		// If both are the same range, the new one becomes the parent.
		if (!resource_holds(other, res) || resource_holds(res, other))
			return add_around(parent, res) ? 0 : -EBUSY;
		parent = other;
	}
}

int insert_resource(struct resource *parent, struct resource *res)
{
	const unsigned long flags = spin_lock_irqsave(&resources.lock);
	const int err = insert_child(parent, res);

	spin_unlock_irqrestore(&resources.lock, flags);
	return err;
}

static int unlink_resource(struct resource *res, bool around_others)
{
	const unsigned long flags = spin_lock_irqsave(&resources.lock);
	int err = 0;

	if (!res->parent)
		err = -EINVAL;
	else if (res->child && !around_others)
		err = -EBUSY;
	else
		unlink_child(res);
	spin_unlock_irqrestore(&resources.lock, flags);
	return err;
}

int release_resource(struct resource *res)
{
	return unlink_resource(res, false);
}

int remove_resource(struct resource *res)
{
	return unlink_resource(res, true);
}

const struct resource *resource_at(const struct resource *root, resource_size_t addr)
{
	const unsigned long flags = spin_lock_irqsave(&resources.lock);
	const struct resource *found = NULL;

	for (const struct resource *r = root->child; r;) {
		const bool here = r->start <= addr && addr <= r->end;

		if (here)
			found = r;
		r = here ? r->child : r->sibling;
	}
	spin_unlock_irqrestore(&resources.lock, flags);
	return found;
}

// ---- Claims of drivers ------------------------------------------------------------------------------

static const char *resource_kind(const struct resource *root)
{
	return root == &ioport_resource ? "io" : "mem";
}

// Whether [start, start+n) is a valid range; reports if not.
static bool resource_range_ok(const struct resource *root, resource_size_t start, resource_size_t n,
			      const char *function, unsigned long caller)
{
	if (n != 0 && start + n - 1 >= start)
		return true;
	resource_mistakes++;
	pr_err("%s: [%s %#llx, size %#llx] %s, called by %pS\n", function, resource_kind(root),
	       (u64)start, (u64)n, n ? "overflows" : "is empty", (void *)caller);
	return false;
}

// Claims res inside the innermost resource that is not busy.
static bool claim_resource(struct resource *root, struct resource *res)
{
	struct resource *parent = root, *other;

	while ((other = add_child(parent, res)) != NULL) {
		if (other == parent || (other->flags & IORESOURCE_BUSY))
			return false;
		parent = other;
	}
	return true;
}

struct resource *__request_region(struct resource *root, resource_size_t start, resource_size_t n,
				  const char *name)
{
	struct resource *res;
	unsigned long flags;
	bool ok;

	if (!resource_range_ok(root, start, n, "request_region", __RETURN_ADDRESS))
		return NULL;
	res = resource_alloc(start, start + n - 1, name,
			     (root->flags & IORESOURCE_TYPE) | IORESOURCE_BUSY |
				     IORESOURCE_REQUESTED);
	if (!res)
		return NULL;
	flags = spin_lock_irqsave(&resources.lock);
	ok = claim_resource(root, res);
	spin_unlock_irqrestore(&resources.lock, flags);
	if (ok)
		return res;
	kfree(res);
	return NULL;
}

// The claim of exactly this range, or NULL.
static struct resource *find_claimed(struct resource *root, resource_size_t start,
				     resource_size_t end)
{
	struct resource *r = *child_link(root, start);

	while (r && r->start <= start && r->end >= end) {
		if (r->start == start && r->end == end && (r->flags & IORESOURCE_REQUESTED))
			return r;
		r = *child_link(r, start);
	}
	return NULL;
}

void __release_region(struct resource *root, resource_size_t start, resource_size_t n)
{
	struct resource *res;
	unsigned long flags;

	if (!resource_range_ok(root, start, n, "release_region", __RETURN_ADDRESS))
		return;
	flags = spin_lock_irqsave(&resources.lock);
	res = find_claimed(root, start, start + n - 1);
	if (res)
		unlink_child(res);
	else
		resource_mistakes++;
	spin_unlock_irqrestore(&resources.lock, flags);
	if (!res)
		pr_err("Trying to free nonexistent resource <%016llx-%016llx>, called by %pS\n",
		       (u64)start, (u64)start + n - 1, (void *)__RETURN_ADDRESS);
	kfree(res);
}

// ---- The list -----------------------------------------------------------------------------------

// The resource after res in a listing; NULL: the end.
static const struct resource *next_resource(const struct resource *root, const struct resource *res,
					    int *depth)
{
	if (res->child) {
		++*depth;
		return res->child;
	}
	while (res != root && !res->sibling) {
		res = res->parent;
		--*depth;
	}
	return res == root ? NULL : res->sibling;
}

// Prints row `index` of the listing. False: there are fewer rows.
static bool print_resource(const struct resource *root, int index, char *text, size_t size)
{
	const int width = root->end < 0x10000 ? 4 : 8;
	const unsigned long flags = spin_lock_irqsave(&resources.lock);
	const struct resource *res = root;
	int depth = -1;

	for (int i = -1; res && i < index; i++)
		res = next_resource(root, res, &depth);
	if (res)
		snprintf(text, size, "%*s%0*llx-%0*llx : %s", 2 * depth, "", width, (u64)res->start,
			 width, (u64)res->end, res->name ? res->name : "<BAD>");
	spin_unlock_irqrestore(&resources.lock, flags);
	return res;
}

void resource_show(const struct resource *root, void (*line)(const char *text, void *arg),
		   void *arg)
{
	char text[96];

	for (int i = 0; print_resource(root, i, text, sizeof(text)); i++)
		line(text, arg);
}
