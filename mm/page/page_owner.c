// SPDX-License-Identifier: MIT
// Page owner: names the call sites of a block for a report.

#include <kernel/printk.h>
#include <mm/page_owner.h>

struct page_owner *page_owners;

void owner_site_show(const char *what, u32 site)
{
	if (site)
		pr_err("  last %s by %pS\n", what, (void *)(unsigned long)site);
}

void page_owner_show(const struct page *page)
{
	const unsigned long index = page - mem_map;

	if (!CONFIG_DEBUG || page < mem_map || index >= max_pfn - min_low_pfn ||
	    !page_initialised(page_to_pfn(page)))
		return;
	owner_site_show("taken", page_owners[index].alloc_site);
	owner_site_show("freed", page_owners[index].free_site);
}
