// SPDX-License-Identifier: MIT
// Zones: groups of frames by who can use them, each with its free lists.
#pragma once

#include <kernel/spinlock.h>
#include <lib/list.h>
#include <mm/page.h>

// Fixed by the notes and by Linux's 32-bit layout: orders 0 to 10, blocks of 4 KB to 4 MB.
#define MAX_PAGE_ORDER 10
#define NR_PAGE_ORDERS (MAX_PAGE_ORDER + 1)
#define MAX_ORDER      NR_PAGE_ORDERS // the name until Linux 6.3: a number of lists
#define BLOCK_PAGES    (1UL << MAX_PAGE_ORDER)

enum zone_type { ZONE_DMA, ZONE_NORMAL, ZONE_HIGHMEM, MAX_NR_ZONES };

enum watermark { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARK };

// A per-CPU list: free blocks of one order, outside the buddy's lists. Orders 0 to PCP_ORDERS-1.
#define PCP_ORDERS 5
struct per_cpu_pages {
	struct page *first; // linked by pcp_next
	int count;          // blocks in the list
	int high; // above this, `batch` blocks more than the excess are freed; 0: keep none
	int batch;
};

struct free_area {
	struct list_head free_list;
	unsigned long nr_free; // blocks
};

// Locks: [z] lock  [I] immutable after start-up
struct zone {
	struct per_cpu_pages pcp[PCP_ORDERS]; // [z] first, for the common path
	const char *name;                     // [I]
	struct spinlock lock;
	pfn_t zone_start_pfn;               // [I]
	unsigned long spanned_pages;        // [I] holes included
	unsigned long present_pages;        // [I] RAM
	unsigned long managed_pages;        // [I] RAM that is not reserved
	unsigned long free_pages;           // [z] in free_area[] and in deferred blocks; not in pcp
	unsigned long _watermark[NR_WMARK]; // [I]
	// [I] pages reserved against requests that prefer a higher zone.
	unsigned long lowmem_reserve[MAX_NR_ZONES];
	unsigned long atomic_used; // [z] allocations that went below the min watermark
	u32 free_orders;           // [z] bit n: free_area[n] is not empty
	struct free_area free_area[NR_PAGE_ORDERS]; // [z]
	// Deferred 4 MB blocks, "pristine" in names: free, their struct pages not filled in yet. By
	// block number.
	unsigned long pristine_blocks; // [z] their number
	unsigned long pristine_cursor; // [z] no deferred block is below this one
	unsigned long pristine_end;    // [I]
};

extern struct zone zones[MAX_NR_ZONES];

// [I] The first zone to try for a request: the zone itself, or the next lower one that has RAM.
extern struct zone *first_zone[MAX_NR_ZONES];

static inline enum zone_type page_zonenum(const struct page *page)
{
	return page->flags >> PG_ZONE_SHIFT;
}

static inline struct zone *page_zone(const struct page *page)
{
	return &zones[page_zonenum(page)];
}

_Static_assert((ZONE_HIGHMEM & (ZONE_HIGHMEM - 1)) == 0 && MAX_NR_ZONES == ZONE_HIGHMEM + 1,
	       "one bit of the zone's number tells highmem");
static inline bool PageHighMem(const struct page *page)
{
	return page->flags & (ZONE_HIGHMEM << PG_ZONE_SHIFT);
}

// The zone of a frame, RAM or hole, by the zones' borders only. NULL: below or above all RAM. Any
// context.
struct zone *pfn_zone(pfn_t pfn);

static inline bool populated_zone(const struct zone *zone)
{
	return zone->present_pages != 0;
}

// The free lists of one zone (mm/page/buddy.c). Both need zone->lock; neither checks watermarks. Takes
// a block of 2^order pages, splitting a larger one if needed; NULL: none is left.
struct page *buddy_take(struct zone *zone, unsigned int order);
// Frees a block and merges it with its free buddies.
void buddy_give(struct zone *zone, struct page *page, unsigned int order);

// Counts the free blocks of each order, as in /proc/buddyinfo. Any context. (mm/proc/buddyinfo.c)
void zone_count_blocks(struct zone *zone, unsigned long blocks[NR_PAGE_ORDERS]);

// Fills in the struct pages of a 4 MB block with these flags. Block 0 starts at PHYS_OFFSET.
void init_block(unsigned long block, u32 flags);
// Whether a block is deferred: entirely free, its struct pages not filled in yet.
bool block_pristine(unsigned long block);

// The first frame of each zone, from memblock's RAM; the last element is the end of all RAM.
void zone_borders(pfn_t border[MAX_NR_ZONES + 1]);

// Sets the sizes of the per-CPU lists: 0 while fault injection is active.
void zone_pcp_setup(void);

// Builds mem_map and the zones from memblock; afterwards the buddy allocator owns all free memory.
void zones_init(void);
