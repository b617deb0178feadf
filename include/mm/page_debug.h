// SPDX-License-Identifier: MIT
// Describes a page in words; and page owner: the call sites that allocated and freed each block, in
// debug builds (Linux: CONFIG_PAGE_OWNER).
#pragma once

#include <mm/leak_owners.h>
#include <mm/page.h>

struct page_owner {
	u32 alloc_site, free_site; // return addresses; 0: never
	u16 mark;                  // alloc_mark at the allocation
};

// One for each struct page in debug builds; NULL in release builds.
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

// Logs a call site, if known: "last taken by f+0x10/0x20". Any context.
void owner_site_show(const char *what, u32 site);
// Logs both call sites of a page, if known. Any context.
void page_owner_show(const struct page *page);

// Prints zone and address of this frame, and its struct page; or that it has none, or that it is not
// filled in yet. Any context.
void page_show(pfn_t pfn, void (*line)(const char *text, void *arg), void *arg);

// Why the use of this frame is unknown: not RAM, or in a block that was never touched. NULL: see its
// struct page. Any context.
const char *frame_unused(pfn_t pfn);

// Prints the call sites that allocated and freed the block (and, in a slab, the object) at this
// linear-map address. Debug builds only: a release build prints that it does not know. Any context.
void owner_show(unsigned long va, void (*line)(const char *text, void *arg), void *arg);
