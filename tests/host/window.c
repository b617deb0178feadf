// SPDX-License-Identifier: MIT
// See window.h.

#include <arch/trap.h>
#include <kernel/ktest.h>

#include "window.h"

int map(unsigned long va, const struct page *page, pgprot_t prot)
{
	return pt_map(kernel_root, va, page_to_phys(page), PAGE_SIZE, prot, page_table_alloc);
}

void unmap(unsigned long va)
{
	pte_set(pt_slot(kernel_root, va, NULL), 0);
}

u32 word_at(unsigned long va)
{
	u32 word = ~0u;

	EXPECT_EQ(read_nofault(va, &word), 0);
	return word;
}
