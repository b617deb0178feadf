// SPDX-License-Identifier: MIT
// kvmalloc: kmalloc where it can be had, else vmalloc.
//
// Linux: mm/util.c.

#include <mm/slab.h>

#include "../slab/slab.h"
#include "vmalloc.h"

// Up to a page vmalloc has nothing to offer; and it needs a caller who may wait.
static bool may_fall_back(size_t size, gfp_t gfp)
{
	return size > PAGE_SIZE && (gfp & GFP_KERNEL) == GFP_KERNEL;
}

void *kvmalloc(size_t size, gfp_t gfp)
{
	const gfp_t try = (gfp | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL;
	void *p;

	if (!may_fall_back(size, gfp))
		return kmalloc_at(size, gfp, __RETURN_ADDRESS);
	p = kmalloc_at(size, try, __RETURN_ADDRESS);
	return p ? p : vmalloc_at(size, gfp | __GFP_HIGHMEM, __RETURN_ADDRESS);
}

void kvfree(const void *addr)
{
	if (is_vmalloc_addr(addr))
		vfree_at(addr, __RETURN_ADDRESS);
	else
		kfree_at(addr, __RETURN_ADDRESS);
}
