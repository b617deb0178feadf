// SPDX-License-Identifier: MIT
// The end of tables in which nothing is mapped.
//
// Rules: those of the kernel's half are never freed: other roots point to them.
// Linux: free_pgtables() in mm/memory.c.

#include "pt_walk.h"

// Tables that nothing points to any more, until the TLB has forgotten them: it also caches entries of
// upper levels.
struct dead_tables {
	pt_free_fn free;
	struct tlb_gather *gather;
	int count;
	struct {
		phys_addr_t pa;
		size_t size;
	} table[16];
};

static void bury(struct dead_tables *dead)
{
	if (dead->count > 0 && dead->gather) {
		// A range of everything: no flush of single pages reaches the upper levels everywhere.
		dead->gather->start = 0;
		dead->gather->last = ~0UL;
		tlb_gather_flush(dead->gather);
	}
	while (dead->count > 0) {
		dead->count--;
		dead->free(dead->table[dead->count].pa, dead->table[dead->count].size);
	}
}

static void kill_table(struct dead_tables *dead, pte_t *slot, int level)
{
	if (dead->count == ARRAY_SIZE(dead->table))
		bury(dead);
	dead->table[dead->count].pa = pte_phys(*slot, level);
	dead->table[dead->count++].size = pt_table_size(level + 1);
	pte_set(slot, 0);
}

// Frees below `table`, whose first entry covers `base`. Returns whether the table itself is empty.
// Its depth is that of the tree: PT_LEVELS - 1 at most.
static bool free_below(pte_t *table, int level, unsigned long base, unsigned long start,
		       unsigned long end, struct dead_tables *dead)
{
	bool empty = true;

	for (unsigned long i = 0; i < BIT(pt_levels[level].bits); i++) {
		const unsigned long va = base + i * pt_span(level), last = va + pt_span(level) - 1;
		pte_t *slot = &table[i];

		if (pte_present(*slot) && !pte_leaf(*slot, level) && va <= end && last >= start &&
		    free_below(pt_next(*slot, level), level + 1, va, start, end, dead) &&
		    va >= start && last <= end)
			kill_table(dead, slot, level);
		empty = empty && !pte_present(*slot);
	}
	return empty;
}

void pt_free_tables(pte_t *root, unsigned long start, unsigned long end, pt_free_fn free,
		    struct tlb_gather *gather)
{
	struct dead_tables dead = { .free = free, .gather = gather };

	free_below(root, 0, 0, start, end, &dead);
	bury(&dead);
}
