// SPDX-License-Identifier: MIT
// For tests of page tables: tables of the test's own, that no CPU looks at.
#pragma once

#include <mm/pgtable.h>

#define LAST (PT_LEVELS - 1)

// An empty root, in an empty pool.
pte_t *new_root(void);
// A table of the pool, of whole pages; 0: it is used up. No table is given back to it.
phys_addr_t alloc(size_t size);

int pool_used(void);
// From here on there is no table any more.
void pool_end(void);

// The size of the large page just above single pages.
static inline unsigned long large(void)
{
	return pt_span(LAST - 1);
}
