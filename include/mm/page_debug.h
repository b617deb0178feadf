// SPDX-License-Identifier: MIT
// One page in words; and page owner: the call sites that allocated and freed each block, in debug builds
// (Linux: CONFIG_PAGE_OWNER).
#pragma once

#include <mm/leak_owners.h>
#include <mm/page.h>

struct page_owner {
	u32 alloc_site, free_site; // return addresses; 0: never
	u16 mark;                  // alloc_mark at the allocation
};

// One for each struct page, in debug builds; NULL in release builds.
extern struct page_owner *page_owners;

static inline void page_owner_set_alloc(const struct page *page, unsigned long site)
{
	if (!CONFIG_DEBUG)
		return;
	page_owners[page - mem_map].alloc_site = site;
	page_owners[page - mem_map].mark = alloc_mark;
}

static inline void page_owner_set_free(const struct page *page, unsigned long site)
{
	if (CONFIG_DEBUG)
		page_owners[page - mem_map].free_site = site;
}

// Logs one call site, if it is known: "last taken by f+0x10/0x20". Any context.
void owner_site_show(const char *what, u32 site);
// Logs both sites of a page, where they are known. Any context.
void page_owner_show(const struct page *page);

// Zone and address of this frame, and what its struct page says; or that there is none, or that nothing
// has filled it in yet. Any context.
void page_show(pfn_t pfn, void (*line)(const char *text, void *arg), void *arg);

// Why nothing can be said of the use of this frame: it is not RAM, or its block was never touched. NULL:
// its struct page says more. Any context.
const char *frame_unused(pfn_t pfn);

// Who took and who freed the block, and in a slab the object, at this linear-map address. Only
// debug builds know: a release build says so. Any context.
void owner_show(unsigned long va, void (*line)(const char *text, void *arg), void *arg);
