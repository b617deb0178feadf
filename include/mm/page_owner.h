// SPDX-License-Identifier: MIT
// Page owner: who took and who gave back each block, in debug builds (Linux: CONFIG_PAGE_OWNER).
#pragma once

#include <mm/page.h>

struct page_owner {
	u32 alloc_site, free_site; // return addresses; 0: never
};

// One for each struct page, in debug builds; NULL in release builds.
extern struct page_owner *page_owners;

static inline void page_owner_set_alloc(const struct page *page, unsigned long site)
{
	if (CONFIG_DEBUG)
		page_owners[page - mem_map].alloc_site = site;
}

static inline void page_owner_set_free(const struct page *page, unsigned long site)
{
	if (CONFIG_DEBUG)
		page_owners[page - mem_map].free_site = site;
}

// Logs both sites, where they are known.
void page_owner_show(const struct page *page);
