// SPDX-License-Identifier: MIT
// Page tables of an array; the root comes first.

#include <lib/string.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/page.h>

#include "pt_pool.h"

#define ROOT_MOST (4 * PAGE_SIZE) // bytes of the largest root

static struct {
	u8 pages[16][PAGE_SIZE] __aligned(ROOT_MOST);
	int used, most;
} pool;

phys_addr_t alloc(size_t size)
{
	const int first = pool.used, pages = size > PAGE_SIZE ? (int)(size / PAGE_SIZE) : 1;

	if (first + pages > pool.most)
		return 0;
	pool.used += pages;
	return __pa(pool.pages[first]);
}

pte_t *new_root(void)
{
	memset(&pool, 0, sizeof(pool));
	pool.most = ARRAY_SIZE(pool.pages);
	return __va((unsigned long)alloc(pt_table_size(0)));
}

int pool_used(void)
{
	return pool.used;
}

void pool_end(void)
{
	pool.most = pool.used;
}
