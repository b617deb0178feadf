// SPDX-License-Identifier: MIT
// Highmem as a whole: each of its frames is reached through the windows, and what is done with a page that may
// lie there; and the fixmap, which the windows of a thread are part of.

#include <abi/errno.h>
#include <arch/trap.h>
#include <mm/fixmap.h>

#include "free_state.h"
#include "high_pages.h"
#include "page_chain.h"

SUITE("highmem");

static u32 signature(pfn_t pfn)
{
	return pfn * 2654435761u ^ 0x896;
}

static bool sign(struct page *page, u32 word)
{
	u32 *va = kmap_local_page(page);

	va[0] = word;
	va[1023] = ~word;
	kunmap_local(va);
	return true;
}

// By the other window: it flushes less, and what one has written the other must show.
static bool page_is_signed(struct page *page, u32 word)
{
	const u32 *va = kmap(page);
	const bool right = va[0] == word && va[1023] == ~word;

	kunmap(page);
	return right;
}

// Calls fn for the frames of each n-th 4 MB of highmem. Returns how many there were, or ~0 after a false.
static unsigned long for_each_frame(const struct page_chain *chain, unsigned int nth,
				    bool (*fn)(struct page *page, u32 word))
{
	unsigned long n = 0, wrong = 0;
	struct page *block;

	list_for_each_entry (block, &chain->blocks, lru) {
		const bool in = page_to_pfn(block) / BLOCK_PAGES % nth == 0 && PageHighMem(block);
		const unsigned long count = in ? 1UL << page_order(block) : 0;

		for (unsigned long i = 0; i < count; i++)
			wrong += !fn(block + i, signature(page_to_pfn(block + i)));
		n += count;
	}
	return wrong ? ~0UL : n;
}

// Up to 3 GB of RAM every frame, beyond that each eighth 4 MB: an emulator must find memory for them, by
// large pages, and clear it.
TEST("S226 S004 S026 every frame of highmem is reached through the windows, and no two are the "
     "same")
{
	const unsigned long size = zones[ZONE_HIGHMEM].managed_pages;
	const unsigned int nth = size > 2300 * (SZ_1M / PAGE_SIZE) ? 8 : 1;
	unsigned long free, n;
	PAGE_CHAIN(chain);

	NEED_HIGHMEM();
	free_state_begin();
	pcp_stop();
	reserves_stop();
	ktest_takes_long(6); // by the host's clock: it must find a page of its own for each
	free = zones[ZONE_HIGHMEM].free_pages;
	chain_take_all(&chain, GFP_HIGHUSER);
	EXPECT_EQ(zones[ZONE_HIGHMEM].free_pages, 0);
	n = for_each_frame(&chain, nth, sign);
	if (nth == 1)
		EXPECT_EQ(n, free);
	EXPECT_GE(n, free / nth - BLOCK_PAGES);
	EXPECT_LE(n, free);
	EXPECT_EQ(for_each_frame(&chain, nth, page_is_signed), n);
	kmap_flush();
	chain_free(&chain);
	reserves_restart();
	pcp_restart();
	free_state_end();
}

TEST("S004 S019 C01 a highmem page lies behind lowmem's end and has no linear address: a use "
     "faults")
{
	struct page *page;
	u32 word;

	NEED_HIGHMEM();
	high_pages_begin(1);
	page = pages[0];
	EXPECT_TRUE(PageHighMem(page));
	EXPECT_GE(page_to_pfn(page), max_low_pfn);
	EXPECT_EQ(max_low_pfn - min_low_pfn, LOWMEM_MAX_SIZE >> PAGE_SHIFT);
	EXPECT_EQ(page_address(page), NULL);
	// Where the linear map would show the first frame of highmem.
	EXPECT_EQ((unsigned long)page_to_virt(pfn_to_page(max_low_pfn)), LOWMEM_END);
	if (!CONFIG_KASAN) // its shadow is there
		EXPECT_EQ(read_nofault(LOWMEM_END, &word), -EFAULT);
	EXPECT_FALSE(virt_addr_valid((void *)LOWMEM_END));
	high_pages_end(1);
}

static bool all_bytes(struct page *page, u8 value)
{
	const u8 *va = kmap_local_page(page);
	unsigned long wrong = 0;

	for (unsigned long i = 0; i < PAGE_SIZE; i++)
		wrong += va[i] != value;
	kunmap_local(va);
	return wrong == 0;
}

static void fill_page(struct page *page, u8 value)
{
	void *va = kmap_local_page(page);

	memset(va, value, PAGE_SIZE);
	kunmap_local(va);
}

TEST("S232 clear_highpage() and copy_highpage() work on pages of every zone, and on no other page")
{
	struct page *low, *high[3];

	free_state_begin();
	low = alloc_page(GFP_DMA);
	ASSERT_NE(low, NULL);
	for (int i = 0; i < 3; i++) {
		high[i] = alloc_page(GFP_HIGHUSER);
		ASSERT_NE(high[i], NULL);
		fill_page(high[i], 0xa0 + i);
	}
	fill_page(low, 0x55);
	clear_highpage(high[1]);
	EXPECT_TRUE(all_bytes(high[0], 0xa0) && all_bytes(high[1], 0) && all_bytes(high[2], 0xa2));
	copy_highpage(high[1], high[0]);
	EXPECT_TRUE(all_bytes(high[1], 0xa0) && all_bytes(high[0], 0xa0));
	copy_highpage(high[2], low);
	EXPECT_TRUE(all_bytes(high[2], 0x55) && all_bytes(low, 0x55));
	copy_highpage(low, high[0]);
	EXPECT_TRUE(all_bytes(low, 0xa0));
	clear_highpage(low);
	EXPECT_TRUE(all_bytes(low, 0) && all_bytes(high[0], 0xa0));
	EXPECT_EQ(kmap_local_depth(), 0);
	for (int i = 0; i < 3; i++)
		__free_page(high[i]);
	__free_page(low);
	free_state_end();
}

TEST("S232 S020 a zeroed page for a user comes from highmem where there is any, by "
     "kmap_local_page()")
{
	char text[200];
	struct page *page;

	free_state_begin();
	page = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	ASSERT_NE(page, NULL);
	EXPECT_EQ(PageHighMem(page), populated_zone(&zones[ZONE_HIGHMEM]));
	if (PageHighMem(page) && CONFIG_DEBUG) {
		kmap_describe(fix_to_virt(FIX_KMAP_END) + PAGE_SIZE, text, sizeof(text));
		EXPECT_NE(strstr(text, "mapped by clear_highpage+"), NULL);
	}
	EXPECT_TRUE(all_bytes(page, 0));
	__free_page(page);
	free_state_end();
}

TEST("S231 the fixmap counts down from FIXADDR_TOP, above pkmap: its slots are known at compile "
     "time")
{
	EXPECT_EQ(FIXADDR_TOP, 0xfffef000UL);
	EXPECT_EQ(PKMAP_BASE, 0xff000000UL);
	EXPECT_EQ(fix_to_virt(0), FIXADDR_TOP);
	for (int i = 0; i < FIX_SLOTS; i++) {
		EXPECT_EQ(virt_to_fix(fix_to_virt(i)), i);
		EXPECT_EQ(virt_to_fix(fix_to_virt(i) + 4095), i);
		EXPECT_EQ(fix_to_virt(i), FIXADDR_TOP - i * PAGE_SIZE);
	}
	EXPECT_GE(fix_to_virt(FIX_SLOTS - 1), FIXADDR_START);
	EXPECT_GT(FIXADDR_START, PKMAP_END - 1);
}
