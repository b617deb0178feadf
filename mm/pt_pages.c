// SPDX-License-Identifier: MIT
// Single pages of any frames: the slot of one, and many one behind the other. What vmalloc and kmap live on,
// so it is short; unlike mm/pgtable.c it never runs with the MMU off.
//
// Linux: vmap_pages_range_noflush() in mm/vmalloc.c, virt_to_kpte().

#include <abi/errno.h>
#include <mm/page.h>

#include "pt_walk.h"

static inline pte_t *page_slot(pte_t *root, unsigned long va, pgprot_t prot, pt_alloc_fn alloc)
{
	pte_t *table = pt_leaf_table(root, va), *slot;
	int level = LAST;

	if (likely(table))
		return &table[pt_index(LAST, va)];
	slot = pt_make_slot(root, va, &level, prot, alloc);
	return slot && level == LAST ? slot : NULL;
}

pte_t *pt_slot(pte_t *root, unsigned long va, pt_alloc_fn alloc)
{
	return page_slot(root, va, 0, alloc);
}

// Fills single entries of one table. Returns how many: fewer than count when one is in use.
static inline unsigned long fill_slots(pte_t *slot, struct page *const *pages, unsigned long count,
				       pte_t rights)
{
	for (unsigned long i = 0; i < count; i++) {
		if (unlikely(pte_present(slot[i])))
			return i;
		pte_store(&slot[i], rights | page_to_phys(pages[i]));
	}
	return count;
}

int pt_map_pages(pte_t *root, unsigned long va, struct page *const *pages, unsigned long count,
		 pgprot_t prot, pt_alloc_fn alloc)
{
	const pte_t rights = pte_mk_leaf(0, prot, LAST);
	int err = 0;

	if (count > ~0UL >> PAGE_SHIFT || !pt_range_ok(va, count << PAGE_SHIFT))
		return -EINVAL;
	pt_check_flushed(root, va, count << PAGE_SHIFT, __RETURN_ADDRESS);
	while (count > 0 && !err) {
		const unsigned long n = pt_leaf_rest(va, count);
		pte_t *slot = page_slot(root, va, prot, alloc);

		if (unlikely(!slot))
			err = pt_query(root, va, NULL, NULL) < 0 ? -ENOMEM : -EEXIST;
		else if (unlikely(fill_slots(slot, pages, n, rights) < n))
			err = -EEXIST;
		va += n << PAGE_SHIFT;
		pages += n;
		count -= n;
	}
	pte_sync();
	return err;
}
