// SPDX-License-Identifier: MIT
// Page owner: who took and who gave back each block, in debug builds (Linux: CONFIG_PAGE_OWNER).
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
