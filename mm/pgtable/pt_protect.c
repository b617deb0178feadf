// SPDX-License-Identifier: MIT
// Rights of what is mapped: large pages are split where only a part of them changes, and put together
// again.
//
// Linux: change_protection() for user space, arch/x86/mm/pat/set_memory.c for the kernel.

#include <abi/errno.h>

#include "pt_walk.h"

// Puts a table of smaller pages in the place of a large one; frames and rights stay.
static int split(const pte_t *root, pte_t *slot, unsigned long va, int level, pt_alloc_fn alloc,
		 struct tlb_gather *gather)
{
	const unsigned long piece = pt_span(level + 1);
	const pgprot_t prot = pte_prot(*slot, level);
	phys_addr_t pa = pte_phys(*slot, level), table = alloc(pt_table_size(level + 1));
	pte_t *entry = __va((unsigned long)table);

	if (table == 0)
		return -ENOMEM;
	for (unsigned long i = 0; i < BIT(pt_levels[level + 1].bits); i++, pa += piece)
		pte_store(&entry[i], pte_mk_leaf(pa, prot, level + 1));
	pte_sync();
	pt_replace(slot, pte_mk_table(table, prot, level));
	pt_gather_add(gather, root, ALIGN_DOWN(va, pt_span(level)), pt_span(level));
	return 0;
}

int pt_protect(pte_t *root, unsigned long va, unsigned long size, pgprot_t prot, pt_alloc_fn alloc,
	       struct tlb_gather *gather)
{
	int err = pt_range_ok(va, size) ? 0 : -EINVAL;

	while (size > 0 && !err) {
		int level;
		pte_t *slot = pt_find(root, va, &level);
		const unsigned long step = pt_rest(va, level, size);
		pte_t pte;

		if (pte_present(*slot) && step < pt_span(level)) {
			err = split(root, slot, va, level, alloc, gather);
			continue;
		}
		pte = pte_mk_leaf(pte_phys(*slot, level), prot, level);
		if (pte_present(*slot) && *slot != pte) {
			pte_store(slot, pte);
			pt_gather_add(gather, root, va, step);
		}
		va += step;
		size -= step;
	}
	pte_sync();
	return err;
}

// Whether a table maps one large page's worth of frames, in order and with the same rights.
static bool is_uniform(const pte_t *table, unsigned long entries)
{
	const pte_t first = table[0];

	if (!pte_present(first) || !IS_ALIGNED(pte_phys(first, LAST), pt_span(LAST - 1)))
		return false;
	for (unsigned long i = 1; i < entries; i++)
		if (table[i] != (first | (pte_t)(i << PAGE_SHIFT)))
			return false;
	return true;
}

bool pt_merge(pte_t *root, unsigned long va, pt_free_fn free, struct tlb_gather *gather)
{
	pte_t *slot = root, *table = root, pte;
	int level = 0;

	for (; level < LAST; level++) {
		slot = &table[pt_index(level, va)];
		if (!pte_present(*slot) || pte_leaf(*slot, level))
			return false;
		table = pt_next(*slot, level);
	}
	pte = *slot;
	if (!pt_levels[LAST - 1].leaf || !is_uniform(table, BIT(pt_levels[LAST].bits)))
		return false;
	pt_replace(slot, pte_mk_leaf(pte_phys(*table, LAST), pte_prot(*table, LAST), LAST - 1));
	pt_gather_add(gather, root, ALIGN_DOWN(va, pt_span(LAST - 1)), pt_span(LAST - 1));
	if (gather)
		tlb_gather_flush(gather);
	free(pte_phys(pte, LAST - 1), pt_table_size(LAST));
	return true;
}
