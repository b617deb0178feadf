// SPDX-License-Identifier: MIT
// Pages of highmem, and that nothing of them stays.

#include "free_state.h"
#include "high_pages.h"

struct page *pages[HIGH_PAGES];

void high_pages_take(int count)
{
	for (int i = 0; i < count; i++) {
		pages[i] = alloc_page(GFP_HIGHUSER);
		EXPECT_TRUE(pages[i] && PageHighMem(pages[i]));
	}
}

void high_pages_give(int count)
{
	for (int i = 0; i < count; i++)
		__free_page(pages[i]);
	kmap_flush_unused();
	EXPECT_EQ(kmap_used(), 0);
	EXPECT_EQ(kmap_local_depth(), 0);
}

void high_pages_begin(int count)
{
	kmap_flush_unused();
	free_state_begin();
	high_pages_take(count);
}

void high_pages_end(int count)
{
	high_pages_give(count);
	free_state_end();
}

// No tail calls: these are to be the callers.

__noinline void *good_mapper(struct page *page)
{
	void *va = kmap(page);

	barrier();
	return va;
}

__noinline void good_unmapper(struct page *page)
{
	kunmap(page);
	barrier();
}

__noinline u32 *good_local_mapper(struct page *page)
{
	u32 *va = kmap_local_page(page);

	barrier();
	return va;
}

__noinline void good_local_unmapper(const void *va)
{
	kunmap_local(va);
	barrier();
}
