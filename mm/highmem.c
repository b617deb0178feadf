// SPDX-License-Identifier: MIT
// Reaching highmem: one page at a time, through a slot of the fixmap.

#include <arch/cpu.h>
#include <lib/string.h>
#include <mm/fixmap.h>
#include <mm/highmem.h>
#include <mm/zone.h>

void clear_highpage(struct page *page)
{
	unsigned long flags;

	if (!PageHighMem(page)) {
		memset(page_to_virt(page), 0, PAGE_SIZE);
		return;
	}
	flags = local_irq_save(); // the slot has no other user meanwhile
	memset(set_fixmap(FIX_CLEAR_PAGE, page_to_phys(page), PAGE_KERNEL), 0, PAGE_SIZE);
	clear_fixmap(FIX_CLEAR_PAGE);
	local_irq_restore(flags);
}
