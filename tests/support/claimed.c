// SPDX-License-Identifier: MIT
// Looks through all of a tree of resources.

#include <lib/string.h>

#include "claimed.h"

bool has_claimed(const struct resource *root, const char *driver)
{
	for (const struct resource *r = root->child; r; r = r->sibling)
		if (((r->flags & IORESOURCE_BUSY) && strcmp(r->name, driver) == 0 &&
		     r->parent->parent) ||
		    has_claimed(r, driver))
			return true;
	return false;
}
