// SPDX-License-Identifier: MIT
// Mistakes at the windows to highmem: a page is unmapped that is not mapped, twice, in the wrong order, in an
// interrupt. Each is reported with the caller, and harms nothing.

#include <abi/errno.h>
#include <arch/trap.h>
#include <kernel/context.h>
#include <mm/fixmap.h>

#include "free_state.h"
#include "high_pages.h"
#include "log_watch.h"

SUITE("kmap_mistakes");

static unsigned long mistakes_before;

static void begin_mistakes(void)
{
	high_pages_begin(LOCAL_MOST);
	log_watch_begin();
	mistakes_before = kmap_mistakes;
}

// That there were n reports since the begin, with the caller, in these words.
static void expect_mistakes(unsigned int n, const char *words)
{
	EXPECT_EQ(kmap_mistakes - mistakes_before, n);
	EXPECT_EQ(log_seen("BUG: "), n);
	EXPECT_EQ(log_seen(words), n);
	EXPECT_EQ(log_seen("by wrong_unmapper+") + log_seen("by wrong_local_unmapper+"), n);
}

static void end_mistakes(void)
{
	log_watch_end();
	high_pages_end(LOCAL_MOST);
}

// ---- kmap() -----------------------------------------------------------------------------------------

// No tail calls: these are to be the callers.
static __noinline void wrong_unmapper(struct page *page)
{
	kunmap(page);
	barrier();
}

TEST("kunmap() without kmap() is reported with the caller, and changes nothing")
{
	u32 *va;

	NEED_HIGHMEM();
	begin_mistakes();
	va = kmap(pages[1]);
	wrong_unmapper(pages[0]);
	expect_mistakes(1, "kmap() has not mapped it");
	*va = 0x896;
	EXPECT_EQ(kmap_used(), 1);
	kunmap(pages[1]);
	EXPECT_EQ(kmap_mistakes, mistakes_before + 1);
	end_mistakes();
}

TEST("a second kunmap() is reported with the caller, and who unmapped before (debug builds)")
{
	void *va;

	NEED_HIGHMEM();
	begin_mistakes();
	va = good_mapper(pages[0]);
	good_unmapper(pages[0]);
	wrong_unmapper(pages[0]);
	expect_mistakes(1, "all its users have called kunmap() already");
	EXPECT_EQ(log_seen("mapped by good_mapper+"), CONFIG_DEBUG);
	EXPECT_EQ(log_seen("unmapped by good_unmapper+"), CONFIG_DEBUG);
	// The counts are as they were.
	EXPECT_EQ(kmap(pages[0]), va);
	EXPECT_EQ(kmap_used(), 1);
	kunmap(pages[0]);
	EXPECT_EQ(kmap_used(), 0);
	kmap_flush();
	wrong_unmapper(pages[0]);
	EXPECT_EQ(log_seen("kmap() has not mapped it"), 1);
	end_mistakes();
}

TEST("kunmap() of an address, of NULL, of what is no struct page is reported with the caller")
{
	static u32 no_page[8];

	free_state_begin();
	log_watch_begin();
	mistakes_before = kmap_mistakes;
	wrong_unmapper((struct page *)PKMAP_BASE);
	wrong_unmapper(NULL);
	wrong_unmapper((struct page *)no_page);
	wrong_unmapper(mem_map - 1);
	expect_mistakes(4, "it is no struct page (kunmap() takes the page, not its address)");
	EXPECT_EQ(kmap(NULL), NULL);
	EXPECT_EQ(kmap((struct page *)no_page), NULL);
	EXPECT_EQ(kmap_mistakes, mistakes_before + 6);
	log_watch_end();
	free_state_end();
}

static void *mapped_in_interrupt;

static void kmap_in_interrupt(void)
{
	mapped_in_interrupt = kmap(pages[0]);
	kunmap(pages[0]);
}

TEST("S222 W50 kmap() and kunmap() may sleep: in an interrupt they are reported (debug builds), "
     "and work")
{
	const unsigned long before = might_sleep_reports;

	NEED_HIGHMEM();
	begin_mistakes();
	ktest_in_interrupt(kmap_in_interrupt);
	EXPECT_EQ(might_sleep_reports - before, 2 * CONFIG_DEBUG);
	EXPECT_EQ(log_seen("sleeping function called from invalid context"), 2 * CONFIG_DEBUG);
	EXPECT_EQ(log_seen("(in an interrupt)"), 2 * CONFIG_DEBUG);
	EXPECT_TRUE(is_pkmap(mapped_in_interrupt));
	EXPECT_EQ(kmap(pages[0]), mapped_in_interrupt);
	kunmap(pages[0]);
	EXPECT_EQ(might_sleep_reports - before, 2 * CONFIG_DEBUG);
	end_mistakes();
}

// ---- kmap_local_page() --------------------------------------------------------------------------------

static __noinline void wrong_local_unmapper(const void *va)
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
		va[i] = good_local_mapper(pages[i]);
		*va[i] = i;
	}
	wrong_local_unmapper(va[1]);
	expect_mistakes(1, "not the page that was mapped last");
	EXPECT_EQ(read_nofault((unsigned long)va[1], &word), -EFAULT);
	EXPECT_EQ(kmap_local_depth(), 3);
	wrong_local_unmapper(va[2]);
	expect_mistakes(2, "not the page that was mapped last");
	EXPECT_EQ(READ_ONCE(*va[0]), 0);
	EXPECT_EQ(READ_ONCE(*va[3]), 3);
	kunmap_local(va[3]);
	// The holes are gone with what lay above them: no report, and no slot lost.
	kunmap_local(va[0]);
	expect_mistakes(2, "not the page that was mapped last");
	EXPECT_EQ(kmap_local_depth(), 0);
	EXPECT_EQ(good_local_mapper(pages[0]), va[0]);
	kunmap_local(va[0]);
	end_mistakes();
}

TEST("kunmap_local() in the order of mapping, all along, loses no slot either")
{
	u32 *va[LOCAL_MOST];

	NEED_HIGHMEM();
	begin_mistakes();
	for (int round = 0; round < 3; round++) {
		// The last round needs all slots, wherever the others have left holes.
		const int n = round < 2 ? 3 : LOCAL_MOST;

		for (int i = 0; i < n; i++)
			va[i] = kmap_local_page(pages[i]);
		for (int i = 0; round < 2 && i < n; i++)
			wrong_local_unmapper(va[i]);
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
	va[0] = good_local_mapper(pages[0]);
	*va[0] = 0x896;
	va[1] = good_local_mapper(pages[1]);
	good_local_unmapper(va[1]);
	wrong_local_unmapper(va[1]);
	expect_mistakes(1, "kmap_local_page() has mapped nothing there");
	EXPECT_EQ(log_seen("mapped by good_local_mapper+"), CONFIG_DEBUG);
	EXPECT_EQ(log_seen("unmapped by good_local_unmapper+"), CONFIG_DEBUG);
	EXPECT_EQ(READ_ONCE(*va[0]), 0x896);
	good_local_unmapper(va[0]);
	wrong_local_unmapper(va[0]);
	expect_mistakes(2, "kmap_local_page() has mapped nothing there");
	end_mistakes();
}

TEST("kunmap_local() of what kmap_local_page() never gave is reported with the caller")
{
	void *kmapped;

	NEED_HIGHMEM();
	begin_mistakes();
	kmapped = kmap(pages[0]);
	wrong_local_unmapper(NULL);
	wrong_local_unmapper((void *)(PAGE_OFFSET - 1));
	wrong_local_unmapper((void *)LOWMEM_END);
	wrong_local_unmapper((void *)VMALLOC_START);
	wrong_local_unmapper(kmapped);
	wrong_local_unmapper((void *)fix_to_virt(FIX_KMAP_GUARD));
	wrong_local_unmapper((void *)fix_to_virt(FIX_KMAP_END));
	wrong_local_unmapper((void *)fix_to_virt(FIX_KMAP_BEGIN));
	wrong_local_unmapper((void *)fix_to_virt(FIX_TEST));
	wrong_local_unmapper((void *)~0UL);
	expect_mistakes(10, "kmap_local_page() has mapped nothing there");
	EXPECT_EQ(kmap_local_depth(), 0);
	EXPECT_EQ(page_address(pages[0]), kmapped);
	kunmap(pages[0]);
	kmap_flush();
	end_mistakes();
}
