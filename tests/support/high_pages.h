// SPDX-License-Identifier: MIT
// For tests of the windows to highmem: pages to look at through them.
#pragma once

#include <kernel/ktest.h>
#include <mm/highmem.h>

#define HIGH_PAGES 600                    // more than kmap() has slots
#define LOCAL_MOST (KM_MAX_IDX / KM_INCR) // as many as kmap_local_page() can map at once

#define NEED_HIGHMEM()                                            \
	if (zones[ZONE_HIGHMEM].managed_pages < 2UL * HIGH_PAGES) \
	SKIP("this machine has no highmem")

// The pages that are taken: all of highmem.
extern struct page *pages[HIGH_PAGES];

// Takes the first `count`, and gives them back.
void high_pages_take(int count);
void high_pages_give(int count);

// The same; and from begin to end nothing else is taken or stays mapped, or the running test fails.
void high_pages_begin(int count);
void high_pages_end(int count);

// Who maps and unmaps, by name: these stand in what is told of a slot.
void *good_mapper(struct page *page);
void good_unmapper(struct page *page);
u32 *good_local_mapper(struct page *page);
void good_local_unmapper(const void *va);

static inline bool is_pkmap(const void *va)
{
	return (unsigned long)va >= PKMAP_BASE && (unsigned long)va < PKMAP_END;
}
