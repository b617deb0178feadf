// SPDX-License-Identifier: MIT
// kmap_local_page(), kmap_atomic() and the fixmap (notes, area J).

#include <abi/errno.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <mm/fixmap.h>
#include <mm/highmem.h>
#include <mm/pgtable.h>

#include "free_state.h"
#include "log_watch.h"
#include "page_chain.h"

SUITE("kmap_local");

// As many as can be mapped at once.
#define MOST (KM_MAX_IDX / KM_INCR)

static struct page *pages[MOST];

static bool no_highmem(void)
{
	return zones[ZONE_HIGHMEM].managed_pages < 1024;
}
#define NEED_HIGHMEM()    \
	if (no_highmem()) \
	SKIP("this machine has no highmem")

static void begin(void)
{
	kmap_flush_unused();
	free_state_begin();
	for (int i = 0; i < MOST; i++) {
		pages[i] = alloc_page(GFP_HIGHUSER);
		EXPECT_TRUE(pages[i] && PageHighMem(pages[i]));
	}
}

static void end(void)
{
	for (int i = 0; i < MOST; i++)
		__free_page(pages[i]);
	EXPECT_EQ(kmap_local_depth(), 0);
	free_state_end();
}

TEST("S220 kmap_local_page() of a lowmem page is page_address(), and kunmap_local() of it nothing")
{
	const unsigned long before = kmap_mistakes;
	struct page *page;

	free_state_begin();
	page = alloc_page(GFP_KERNEL);
	ASSERT_NE(page, NULL);
	EXPECT_EQ(kmap_local_page(page), page_address(page));
	EXPECT_EQ(kmap_atomic(page), page_address(page));
	EXPECT_EQ(kmap_local_depth(), 0);
	kunmap_local(page_address(page));
	kunmap_atomic(page_address(page));
	EXPECT_EQ(kmap_mistakes, before);
	__free_page(page);
	free_state_end();
}

TEST("S225 kmap_local_page() shows a page of highmem in the fixmap; after kunmap_local() a use "
     "faults")
{
	unsigned long va;
	phys_addr_t pa;
	pgprot_t prot;
	u32 word;

	NEED_HIGHMEM();
	begin();
	va = (unsigned long)kmap_local_page(pages[0]);
	EXPECT_GE(va, fix_to_virt(FIX_KMAP_END));
	EXPECT_LE(va, fix_to_virt(FIX_KMAP_BEGIN));
	EXPECT_EQ(pt_query(kernel_root, va, &pa, &prot), PT_LEVELS - 1);
	EXPECT_EQ(pa, page_to_phys(pages[0]));
	EXPECT_EQ(prot, PAGE_KERNEL | (pt_has_noexec ? 0 : PT_EXEC));
	EXPECT_EQ(write_nofault(va, 0x896), 0);
	EXPECT_EQ(*(u32 *)set_fixmap(FIX_TEST, pa, PAGE_KERNEL), 0x896);
	clear_fixmap(FIX_TEST);
	EXPECT_EQ(kmap_to_page((void *)va), pages[0]);
	EXPECT_EQ(page_address(pages[0]), NULL); // only kmap() gives a page an address
	kunmap_local((void *)va);
	EXPECT_EQ(read_nofault(va, &word), -EFAULT);
	EXPECT_EQ(pt_query(kernel_root, va, NULL, NULL), -EFAULT);
	EXPECT_EQ(kmap_to_page((void *)va), NULL);
	end();
}

TEST("S225 sixteen pages are a stack: each has its address, the last one goes first")
{
	u32 *va[MOST];

	NEED_HIGHMEM();
	begin();
	EXPECT_EQ(MOST, 16);
	for (int i = 0; i < MOST; i++) {
		va[i] = kmap_local_page(pages[i]);
		*va[i] = i;
		EXPECT_EQ(kmap_local_depth(), i + 1);
	}
	for (int i = 0; i < MOST; i++)
		EXPECT_EQ(READ_ONCE(*va[i]), i);
	for (int i = MOST - 1; i >= 0; i--) {
		kunmap_local(va[i] + 1023); // any address of the page will do
		EXPECT_EQ(kmap_local_depth(), i);
	}
	for (int i = 0; i < MOST; i++) {
		u32 *again = kmap_local_page(pages[i]);

		EXPECT_EQ(again, va[0]);
		EXPECT_EQ(READ_ONCE(*again), i);
		kunmap_local(again);
	}
	end();
}

TEST("the pages beside a slot are not mapped: what runs over the end of a page faults (debug "
     "builds)")
{
	unsigned long va[2];
	u32 word;

	NEED_HIGHMEM();
	begin();
	for (int i = 0; i < 2; i++)
		va[i] = (unsigned long)kmap_local_page(pages[i]);
	EXPECT_EQ(va[1] - va[0], KM_INCR * PAGE_SIZE);
	EXPECT_EQ(read_nofault(va[0] - 4, &word), -EFAULT);
	EXPECT_EQ(read_nofault(va[1] + PAGE_SIZE, &word), -EFAULT);
	EXPECT_EQ(read_nofault(va[0] + PAGE_SIZE, &word), CONFIG_DEBUG ? -EFAULT : 0);
	kunmap_local((void *)va[1]);
	kunmap_local((void *)va[0]);
	end();
}

TEST("a page can be seen twice at once, and through kmap() too")
{
	u32 *a, *b, *c;

	NEED_HIGHMEM();
	begin();
	a = kmap_local_page(pages[0]);
	b = kmap_local_page(pages[0]);
	c = kmap(pages[0]);
	EXPECT_TRUE(a != b && b != c && a != c);
	*a = 0x896;
	EXPECT_EQ(READ_ONCE(*b), 0x896);
	EXPECT_EQ(READ_ONCE(*c), 0x896);
	kunmap(pages[0]);
	kunmap_local(b);
	kunmap_local(a);
	kmap_flush();
	end();
}

static u32 *first_in_interrupt;

static void map_in_interrupt(void)
{
	u32 *va[3];

	for (int i = 0; i < 3; i++) {
		va[i] = kmap_atomic(pages[4 + i]);
		*va[i] = 4 + i;
	}
	first_in_interrupt = va[0];
	for (int i = 2; i >= 0; i--) {
		EXPECT_EQ(READ_ONCE(*va[i]), 4 + i);
		kunmap_atomic(va[i]);
	}
}

TEST("W49 kmap_atomic() takes no slot's name: an interrupt's pages lie on top of those it "
     "interrupted")
{
	u32 *va[2];

	NEED_HIGHMEM();
	begin();
	for (int i = 0; i < 2; i++) {
		va[i] = kmap_local_page(pages[i]);
		*va[i] = i;
	}
	ktest_in_interrupt(map_in_interrupt);
	EXPECT_EQ((unsigned long)first_in_interrupt - (unsigned long)va[1], KM_INCR * PAGE_SIZE);
	EXPECT_EQ(kmap_local_depth(), 2);
	for (int i = 1; i >= 0; i--) {
		EXPECT_EQ(READ_ONCE(*va[i]), i);
		kunmap_local(va[i]);
	}
	end();
}

// ---- Mistakes ---------------------------------------------------------------------------------------

static unsigned long mistakes_before;

static void begin_mistakes(void)
{
	begin();
	log_watch_begin();
	mistakes_before = kmap_mistakes;
}

static void expect_mistakes(unsigned int n, const char *words)
{
	EXPECT_EQ(kmap_mistakes - mistakes_before, n);
	EXPECT_EQ(log_seen("BUG: kunmap_local("), n);
	EXPECT_EQ(log_seen(words), n);
	EXPECT_EQ(log_seen("by wrong_unmapper+"), n);
}

static void end_mistakes(void)
{
	log_watch_end();
	end();
}

// No tail calls: these are to be the callers.
static __noinline void wrong_unmapper(const void *va)
{
	kunmap_local(va);
	barrier();
}

static __noinline u32 *good_mapper(struct page *page)
{
	u32 *va = kmap_local_page(page);

	barrier();
	return va;
}

static __noinline void good_unmapper(const void *va)
{
	kunmap_local(va);
	barrier();
}

TEST("kunmap_local() in another order is reported with the caller, and every page stays right")
{
	u32 *va[4], word;

	NEED_HIGHMEM();
	begin_mistakes();
	for (int i = 0; i < 4; i++) {
		va[i] = good_mapper(pages[i]);
		*va[i] = i;
	}
	wrong_unmapper(va[1]);
	expect_mistakes(1, "not the page that was mapped last");
	EXPECT_EQ(read_nofault((unsigned long)va[1], &word), -EFAULT);
	EXPECT_EQ(kmap_local_depth(), 3);
	wrong_unmapper(va[2]);
	expect_mistakes(2, "not the page that was mapped last");
	EXPECT_EQ(READ_ONCE(*va[0]), 0);
	EXPECT_EQ(READ_ONCE(*va[3]), 3);
	kunmap_local(va[3]);
	// The holes are gone with what lay above them: no report, and no slot lost.
	kunmap_local(va[0]);
	expect_mistakes(2, "not the page that was mapped last");
	EXPECT_EQ(kmap_local_depth(), 0);
	EXPECT_EQ(good_mapper(pages[0]), va[0]);
	kunmap_local(va[0]);
	end_mistakes();
}

TEST("kunmap_local() in the order of mapping, all along, loses no slot either")
{
	u32 *va[MOST];

	NEED_HIGHMEM();
	begin_mistakes();
	for (int round = 0; round < 3; round++) {
		// The last round needs all slots, wherever the others have left holes.
		const int n = round < 2 ? 3 : MOST;

		for (int i = 0; i < n; i++)
			va[i] = kmap_local_page(pages[i]);
		for (int i = 0; round < 2 && i < n; i++)
			wrong_unmapper(va[i]);
		for (int i = n - 1; round == 2 && i >= 0; i--)
			kunmap_local(va[i]);
		EXPECT_EQ(kmap_local_depth(), 0);
	}
	expect_mistakes(2 * 2, "not the page that was mapped last");
	end_mistakes();
}

TEST("a second kunmap_local() is reported with the caller, and who unmapped before (debug builds)")
{
	u32 *va[2];

	NEED_HIGHMEM();
	begin_mistakes();
	va[0] = good_mapper(pages[0]);
	*va[0] = 0x896;
	va[1] = good_mapper(pages[1]);
	good_unmapper(va[1]);
	wrong_unmapper(va[1]);
	expect_mistakes(1, "kmap_local_page() has mapped nothing there");
	EXPECT_EQ(log_seen("mapped by good_mapper+"), CONFIG_DEBUG);
	EXPECT_EQ(log_seen("unmapped by good_unmapper+"), CONFIG_DEBUG);
	EXPECT_EQ(READ_ONCE(*va[0]), 0x896);
	good_unmapper(va[0]);
	wrong_unmapper(va[0]);
	expect_mistakes(2, "kmap_local_page() has mapped nothing there");
	end_mistakes();
}

TEST("kunmap_local() of what kmap_local_page() never gave is reported with the caller")
{
	void *kmapped;

	NEED_HIGHMEM();
	begin_mistakes();
	kmapped = kmap(pages[0]);
	wrong_unmapper(NULL);
	wrong_unmapper((void *)(PAGE_OFFSET - 1));
	wrong_unmapper((void *)LOWMEM_END);
	wrong_unmapper((void *)VMALLOC_START);
	wrong_unmapper(kmapped);
	wrong_unmapper((void *)fix_to_virt(FIX_KMAP_GUARD));
	wrong_unmapper((void *)fix_to_virt(FIX_KMAP_END));
	wrong_unmapper((void *)fix_to_virt(FIX_KMAP_BEGIN));
	wrong_unmapper((void *)fix_to_virt(FIX_TEST));
	wrong_unmapper((void *)~0UL);
	expect_mistakes(10, "kmap_local_page() has mapped nothing there");
	EXPECT_EQ(kmap_local_depth(), 0);
	EXPECT_EQ(page_address(pages[0]), kmapped);
	kunmap(pages[0]);
	kmap_flush();
	end_mistakes();
}

// ---- All of highmem -----------------------------------------------------------------------------------

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
static bool is_signed(struct page *page, u32 word)
{
	const u32 *va = kmap(page);
	const bool right = va[0] == word && va[1023] == ~word;

	kunmap(page);
	return right;
}

// Calls fn for each stride-th frame of highmem. Returns how many there were, or ~0 after a false.
static unsigned long for_each_frame(const struct page_chain *chain, unsigned int stride,
				    bool (*fn)(struct page *page, u32 word))
{
	unsigned long n = 0, wrong = 0;
	struct page *block;

	list_for_each_entry (block, &chain->blocks, lru) {
		const unsigned long count = PageHighMem(block) ? 1UL << page_order(block) : 0;

		for (unsigned long i = 0; i < count; i += stride) {
			wrong += !fn(block + i, signature(page_to_pfn(block + i)));
			n++;
		}
	}
	return wrong ? ~0UL : n;
}

// Up to 3 GB of RAM every frame, beyond that a part of them: each is a page of the host's memory.
TEST("S226 S004 S026 every frame of highmem is reached through the windows, and no two are the "
     "same")
{
	const unsigned long size = zones[ZONE_HIGHMEM].managed_pages;
	const unsigned int stride = size > 2300 * (SZ_1M / PAGE_SIZE) ? 8 : 1;
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
	n = for_each_frame(&chain, stride, sign);
	if (stride == 1)
		EXPECT_EQ(n, free);
	EXPECT_GE(n, free / stride);
	EXPECT_EQ(for_each_frame(&chain, stride, is_signed), n);
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
	begin();
	page = pages[0];
	EXPECT_TRUE(PageHighMem(page));
	EXPECT_GE(page_to_pfn(page), max_low_pfn);
	EXPECT_EQ(max_low_pfn - min_low_pfn, LOWMEM_MAX_SIZE >> PAGE_SHIFT);
	EXPECT_EQ(page_address(page), NULL);
	// Where the linear map would show the first frame of highmem.
	EXPECT_EQ((unsigned long)page_to_virt(pfn_to_page(max_low_pfn)), LOWMEM_END);
	EXPECT_EQ(read_nofault(LOWMEM_END, &word), -EFAULT);
	EXPECT_FALSE(virt_addr_valid((void *)LOWMEM_END));
	end();
}

// ---- What one does with a page --------------------------------------------------------------------------

static bool all_bytes(struct page *page, u8 value)
{
	const u8 *va = kmap_local_page(page);
	unsigned long wrong = 0;

	for (unsigned long i = 0; i < PAGE_SIZE; i++)
		wrong += va[i] != value;
	kunmap_local(va);
	return wrong == 0;
}

static void fill(struct page *page, u8 value)
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
		fill(high[i], 0xa0 + i);
	}
	fill(low, 0x55);
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

// ---- The fixmap -----------------------------------------------------------------------------------------

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

TEST("a kmap_local slot in words: what it shows or showed, and who (debug builds)")
{
	char text[200], wanted[64];
	unsigned long va;

	NEED_HIGHMEM();
	begin();
	va = (unsigned long)good_mapper(pages[0]);
	snprintf(wanted, sizeof(wanted), "kmap_local slot 0: pfn %#lx", page_to_pfn(pages[0]));
	ASSERT_TRUE(kmap_describe(va + 9, text, sizeof(text)));
	EXPECT_TRUE(strstr(text, wanted) == text);
	good_unmapper((void *)va);
	snprintf(wanted, sizeof(wanted), "was pfn %#lx, mapped by good_mapper+",
		 page_to_pfn(pages[0]));
	ASSERT_TRUE(kmap_describe(va + 9, text, sizeof(text)));
	EXPECT_EQ(strstr(text, wanted) != NULL, CONFIG_DEBUG);
	EXPECT_EQ(strstr(text, "unmapped by good_unmapper+") != NULL, CONFIG_DEBUG);
	EXPECT_EQ(strstr(text, "shows nothing") != NULL, !CONFIG_DEBUG);
	ASSERT_TRUE(kmap_describe(va - 1, text, sizeof(text)));
	EXPECT_STREQ(text, "guard page between kmap_local slots");
	EXPECT_FALSE(kmap_describe(fix_to_virt(FIX_TEST), text, sizeof(text)));
	end();
}
