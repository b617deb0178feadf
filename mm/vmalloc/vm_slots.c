// SPDX-License-Identifier: MIT
// Caches the addresses of the vmalloc range's page tables, to avoid a walk from the root for each area.
//
// Owns: only the pointers. Tables of the kernel's half are never freed, so a pointer stays valid. A
// large page, which only ioremap() makes, has no table and is not cached.
// Linux: vmap_pages_range_noflush() and vunmap_range_noflush() in mm/vmalloc.c, which walk.

#include <abi/errno.h>
#include <kernel/panic.h>
#include <mm/page.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>

#include "vmalloc.h"

// Enough for the format with the smallest tables, which cover 1 MB each.
static pte_t *tables[(VMALLOC_END - VMALLOC_START) / SZ_1M];

#define LAST (PT_LEVELS - 1)

// The number of entries from va's to the end of its table, but not more than `most`.
static unsigned long in_table(unsigned long va, unsigned long most)
{
	if (most == 1)
		return 1;
	return min(BIT(pt_levels[LAST].bits) - pt_index(LAST, va), most);
}

static pte_t **vm_slots_table(unsigned long va)
{
	return &tables[(va - VMALLOC_START) >> pt_levels[LAST - 1].shift];
}

pte_t *vm_slot(unsigned long va)
{
	pte_t **table = vm_slots_table(va);

	if (unlikely(!*table))
		*table = pt_slot(kernel_root, ALIGN_DOWN(va, pt_span(LAST - 1)), page_table_alloc);
	return *table ? *table + pt_index(LAST, va) : NULL;
}

int vm_slots_map(unsigned long va, struct page **pages, unsigned long count, pgprot_t prot)
{
	const pte_t rights = pte_mk_leaf(0, prot, LAST);

	if (CONFIG_DEBUG && tlb_notes > 0)
		tlb_check_mapping(kernel_root, va, va + (count << PAGE_SHIFT) - 1,
				  __RETURN_ADDRESS);
	while (count > 0) {
		const unsigned long n = in_table(va, count);
		pte_t *slot = vm_slot(va);

		if (!slot)
			return -ENOMEM;
		for (pte_t *end = slot + n; slot < end; slot++) {
			BUG_ON(pte_present(*slot));
			pte_store(slot, rights | page_to_phys(*pages++));
		}
		va += n << PAGE_SHIFT;
		count -= n;
	}
	pte_sync();
	return 0;
}

// Clears entries of one table; some may be empty.
static void clear(pte_t *slot, unsigned long va, unsigned long count, struct tlb_gather *gather)
{
	bool any = false;

	for (pte_t *end = slot + count; slot < end; slot++) {
		if (!pte_present(*slot))
			continue;
		pte_store(slot, 0);
		any = true;
	}
	if (any)
		tlb_gather_add(gather, kernel_root, va, va + (count << PAGE_SHIFT) - 1);
}

void vm_slots_unmap(unsigned long va, unsigned long count, struct tlb_gather *gather)
{
	while (count > 0) {
		const unsigned long n = in_table(va, count);
		pte_t *table = *vm_slots_table(va);

		if (likely(table))
			clear(table + pt_index(LAST, va), va, n, gather);
		else
			BUG_ON(pt_unmap(kernel_root, va, n << PAGE_SHIFT, gather) != 0);
		va += n << PAGE_SHIFT;
		count -= n;
	}
	pte_sync();
}
