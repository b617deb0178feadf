// SPDX-License-Identifier: MIT
// What is free, to the last block.
//
// Free buddies are always merged, so a set of free pages is one set of blocks: equal counts and an
// equal sum over the places of all blocks mean that every block is back where it was.

#include <kernel/ktest.h>
#include <mm/vmalloc.h>

#include "free_state.h"

struct zone_state {
	unsigned long free, blocks[NR_PAGE_ORDERS];
	u32 places;
};

static struct zone_state start[MAX_NR_ZONES];
static struct {
	unsigned long marks[NR_WMARK], reserve[MAX_NR_ZONES];
} kept[MAX_NR_ZONES];

unsigned long free_blocks(const struct zone *zone, unsigned int order)
{
	return zone->free_area[order].nr_free +
	       (order == MAX_PAGE_ORDER ? zone->pristine_blocks : 0);
}

// Depends on every bit of both, so that moved blocks do not cancel out in a sum.
static u32 hash_block(unsigned long index, unsigned int order)
{
	u32 x = (index << 4 | order) * 2654435761u;

	x ^= x >> 15;
	x *= 2246822519u;
	return x ^ x >> 13;
}

static void read_zone(const struct zone *zone, struct zone_state *s)
{
	const struct page *page;

	s->free = zone_free_pages(zone);
	s->places = 0;
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++) {
		s->blocks[order] = free_blocks(zone, order);
		list_for_each_entry (page, &zone->free_area[order].free_list, lru)
			s->places += hash_block(page - mem_map, order);
	}
	for (unsigned long block = zone->pristine_cursor; block < zone->pristine_end; block++)
		if (block_pristine(block))
			s->places += hash_block(block << MAX_PAGE_ORDER, MAX_PAGE_ORDER);
}

void free_state_begin(void)
{
	vmalloc_drain();
	drain_all_pages();
	for (int i = 0; i < MAX_NR_ZONES; i++)
		read_zone(&zones[i], &start[i]);
}

void free_state_end(void)
{
	vmalloc_drain();
	drain_all_pages();
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		struct zone_state now;

		read_zone(&zones[i], &now);
		EXPECT_EQ(now.free, start[i].free);
		for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
			EXPECT_EQ(now.blocks[order], start[i].blocks[order]);
		EXPECT_EQ(now.places, start[i].places);
	}
	buddy_check_lists();
}

void pcp_stop(void)
{
	for (int i = 0; i < MAX_NR_ZONES; i++)
		for (unsigned int order = 0; order < PCP_ORDERS; order++)
			zones[i].pcp[order].high = zones[i].pcp[order].batch = 0;
	drain_all_pages();
}

void pcp_restart(void)
{
	zone_pcp_setup();
}

void reserves_stop(void)
{
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		memcpy(kept[i].marks, zones[i]._watermark, sizeof(kept[i].marks));
		memcpy(kept[i].reserve, zones[i].lowmem_reserve, sizeof(kept[i].reserve));
		memset(zones[i]._watermark, 0, sizeof(zones[i]._watermark));
		memset(zones[i].lowmem_reserve, 0, sizeof(zones[i].lowmem_reserve));
	}
}

void reserves_restart(void)
{
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		memcpy(zones[i]._watermark, kept[i].marks, sizeof(kept[i].marks));
		memcpy(zones[i].lowmem_reserve, kept[i].reserve, sizeof(kept[i].reserve));
	}
}
