// SPDX-License-Identifier: MIT
// Flushes that are gathered and issued once; and what a use before the flush leads to.

#include <abi/errno.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <mm/addr.h>
#include <mm/gfp.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>
#include <mm/vmalloc.h>

#include "log_watch.h"

SUITE("tlb");

#define LAST  (PT_LEVELS - 1)
#define PAGES (TLB_FLUSH_PAGES_MAX + 1)

// A range that nobody else maps, and a frame that is mapped there again and again.
static struct vm_struct *area;
static unsigned long window;
static struct page *page, *pages[PAGES];

static bool take_window(void)
{
	area = get_vm_area(PAGES * PAGE_SIZE, VM_MAP);
	page = alloc_page(GFP_KERNEL);
	if (!area || !page)
		return false;
	window = (unsigned long)area->addr;
	*(u32 *)page_to_virt(page) = 0x896;
	for (int i = 0; i < PAGES; i++)
		pages[i] = page;
	return true;
}

static void give_window(void)
{
	EXPECT_EQ(tlb_notes, 0);
	free_vm_area(area);
	__free_page(page);
}

static __noinline void map_slots(int first, int count)
{
	EXPECT_EQ(vm_slots_map(window + first * PAGE_SIZE, pages, count, PAGE_KERNEL), 0);
}

static void unmap_slots(int first, int count, struct tlb_gather *g)
{
	EXPECT_EQ(pt_unmap(kernel_root, window + first * PAGE_SIZE, count * PAGE_SIZE, g), 0);
}

// ---- Counting --------------------------------------------------------------------------------------

static unsigned long all_before, one_before;

static void count_from_here(void)
{
	all_before = tlb_counters.nr_tlb_local_flush_all;
	one_before = tlb_counters.nr_tlb_local_flush_one;
}

#define FLUSHED_ALL (tlb_counters.nr_tlb_local_flush_all - all_before)
#define FLUSHED_ONE (tlb_counters.nr_tlb_local_flush_one - one_before)

TEST("S079 changes are gathered, and flushed once: page by page as long as they are few")
{
	struct tlb_gather g;

	ASSERT_TRUE(take_window());
	map_slots(0, 4);
	count_from_here();
	tlb_gather_init(&g);
	for (int i = 0; i < 4; i++)
		unmap_slots(i, 1, &g);
	EXPECT_EQ(FLUSHED_ALL + FLUSHED_ONE, 0);
	tlb_gather_flush(&g);
	EXPECT_EQ(FLUSHED_ONE, 4);
	EXPECT_EQ(FLUSHED_ALL, 0);
	tlb_gather_flush(&g); // nothing is left to flush
	EXPECT_EQ(FLUSHED_ONE, 4);
	give_window();
}

TEST("S079 more pages than the limit are one flush of everything")
{
	struct tlb_gather g;

	ASSERT_TRUE(take_window());
	map_slots(0, PAGES);
	tlb_gather_init(&g);
	count_from_here();
	unmap_slots(0, PAGES - 1, &g);
	tlb_gather_flush(&g);
	EXPECT_EQ(FLUSHED_ONE, PAGES - 1);
	map_slots(0, PAGES - 1);
	unmap_slots(0, PAGES, &g);
	tlb_gather_flush(&g);
	EXPECT_EQ(FLUSHED_ONE, PAGES - 1);
	EXPECT_EQ(FLUSHED_ALL, 1);
	give_window();
}

TEST("S079 what was not mapped, and new rights that are the old ones, need no flush; mapping needs "
     "none")
{
	struct tlb_gather g;

	ASSERT_TRUE(take_window());
	count_from_here();
	tlb_gather_init(&g);
	unmap_slots(0, PAGES, &g);
	map_slots(1, 1);
	EXPECT_EQ(pt_protect(kernel_root, window, PAGES * PAGE_SIZE, PAGE_KERNEL, page_table_alloc,
			     &g),
		  0);
	tlb_gather_flush(&g);
	EXPECT_EQ(FLUSHED_ALL + FLUSHED_ONE, 0);
	unmap_slots(0, PAGES, &g);
	tlb_gather_flush(&g);
	EXPECT_EQ(FLUSHED_ONE, 1); // the one that was mapped
	give_window();
}

TEST("S079 flush_tlb_kernel_range: one page, many pages, none, up to the end of the address space")
{
	count_from_here();
	flush_tlb_kernel_range(VMALLOC_START, VMALLOC_START + PAGE_SIZE);
	EXPECT_EQ(FLUSHED_ONE, 1);
	flush_tlb_kernel_range(VMALLOC_START, VMALLOC_START);
	EXPECT_EQ(FLUSHED_ONE, 1);
	flush_tlb_kernel_range(0 - 2 * PAGE_SIZE, 0);
	EXPECT_EQ(FLUSHED_ONE, 3);
	flush_tlb_kernel_range(VMALLOC_START, VMALLOC_END);
	EXPECT_EQ(FLUSHED_ALL, 1);
	flush_tlb_all();
	EXPECT_EQ(FLUSHED_ALL, 2);
	EXPECT_EQ(FLUSHED_ONE, 3);
}

TEST("S079 vmalloc alone flushes nothing, vfree once")
{
	void *p;

	count_from_here();
	p = vmalloc(3 * PAGE_SIZE);
	ASSERT_TRUE(p != NULL);
	EXPECT_EQ(FLUSHED_ALL + FLUSHED_ONE, 0);
	vfree(p);
	EXPECT_EQ(FLUSHED_ONE, 3);
	EXPECT_EQ(FLUSHED_ALL, 0);
}

// ---- Use before the flush --------------------------------------------------------------------------

// Here as a CPU has it, on the host too.
static bool at_once;

static bool begin_strict(void)
{
	at_once = tlb_flush_at_once;
	tlb_flush_at_once = true;
	return CONFIG_DEBUG && take_window();
}

static void end_strict(void)
{
	tlb_flush_at_once = at_once;
	give_window();
}

static bool said(unsigned long va, const char *words)
{
	char text[120];

	return tlb_pending_describe(va, text, sizeof(text)) > 0 && strstr(text, words) &&
	       strstr(text, "ktest_") && strstr(text, ", not flushed yet");
}

TEST("S072 a page that is unmapped but not flushed faults in a debug build, and its unmapper is "
     "known until the flush")
{
	struct tlb_gather g;
	u32 word;

	if (!CONFIG_DEBUG)
		SKIP("a release build keeps no notes");
	ASSERT_TRUE(begin_strict());
	map_slots(0, 2);
	EXPECT_EQ(read_nofault(window, &word), 0);
	tlb_gather_init(&g);
	EXPECT_EQ(pt_unmap(kernel_root, window, PAGE_SIZE, &g), 0);
	EXPECT_EQ(tlb_notes, 1);
	EXPECT_EQ(read_nofault(window, &word), -EFAULT);
	EXPECT_TRUE(said(window, "unmapped by "));
	EXPECT_TRUE(said(window + PAGE_SIZE - 1, "unmapped by "));
	EXPECT_FALSE(said(window + PAGE_SIZE, "by"));
	EXPECT_FALSE(said(window - 1, "by"));
	tlb_gather_flush(&g);
	EXPECT_FALSE(said(window, "by"));
	EXPECT_EQ(read_nofault(window, &word), -EFAULT);
	EXPECT_EQ(read_nofault(window + PAGE_SIZE, &word), 0);
	unmap_slots(1, 1, &g);
	tlb_gather_flush(&g);
	end_strict();
}

TEST("S072 a page that became read-only but is not flushed refuses writes, and who changed it is "
     "known")
{
	struct tlb_gather g;

	if (!CONFIG_DEBUG)
		SKIP("a release build keeps no notes");
	ASSERT_TRUE(begin_strict());
	map_slots(0, 1);
	EXPECT_EQ(write_nofault(window, 1), 0);
	tlb_gather_init(&g);
	EXPECT_EQ(pt_protect(kernel_root, window, PAGE_SIZE, PAGE_KERNEL_RO, page_table_alloc, &g),
		  0);
	EXPECT_EQ(write_nofault(window, 1), -EFAULT);
	EXPECT_TRUE(said(window, "changed by "));
	unmap_slots(0, 1, &g);
	tlb_gather_flush(&g);
	end_strict();
}

TEST("mapping over a range that waits for its flush is reported with both callers, and works")
{
	const unsigned long mistakes = tlb_mistakes;
	struct tlb_gather g;

	if (!CONFIG_DEBUG)
		SKIP("a release build keeps no notes");
	ASSERT_TRUE(begin_strict());
	map_slots(0, 1);
	tlb_gather_init(&g);
	unmap_slots(0, 1, &g);
	log_watch_begin();
	map_slots(1, 1); // beside it
	EXPECT_EQ(log_seen("is not flushed yet"), 0);
	map_slots(0, 1);
	EXPECT_EQ(pt_map(kernel_root, window + PAGE_SIZE, page_to_phys(page), PAGE_SIZE,
			 PAGE_KERNEL, page_table_alloc),
		  -EEXIST); // not over it: no report
	log_watch_end();
	EXPECT_EQ(tlb_mistakes, mistakes + 1);
	EXPECT_EQ(log_seen("is not flushed yet"), 1);
	EXPECT_EQ(log_seen("BUG: map_slots+"), 1);
	EXPECT_EQ(log_seen(", changed by ktest_"), 1);
	EXPECT_EQ(*(volatile u32 *)window, 0x896);
	unmap_slots(0, 2, &g);
	tlb_gather_flush(&g);
	map_slots(0, 1);
	EXPECT_EQ(tlb_mistakes, mistakes + 1);
	unmap_slots(0, 1, &g);
	tlb_gather_flush(&g);
	end_strict();
}

TEST("a flush takes just what it covers out of the notes, whoever issues it")
{
	struct tlb_gather g;

	if (!CONFIG_DEBUG)
		SKIP("a release build keeps no notes");
	ASSERT_TRUE(begin_strict());
	map_slots(0, 8);
	tlb_gather_init(&g);
	unmap_slots(0, 8, &g);
	EXPECT_EQ(tlb_notes, 1);
	flush_tlb_kernel_range(window - PAGE_SIZE, window + PAGE_SIZE);
	EXPECT_FALSE(said(window, "by"));
	EXPECT_TRUE(said(window + PAGE_SIZE, "by"));
	flush_tlb_kernel_range(window + 7 * PAGE_SIZE, window + 9 * PAGE_SIZE);
	EXPECT_TRUE(said(window + 6 * PAGE_SIZE, "by"));
	EXPECT_FALSE(said(window + 7 * PAGE_SIZE, "by"));
	flush_tlb_kernel_range(window + 3 * PAGE_SIZE, window + 4 * PAGE_SIZE);
	EXPECT_TRUE(said(window + 3 * PAGE_SIZE, "by")); // inside: the note stays whole
	flush_tlb_all();
	EXPECT_EQ(tlb_notes, 0);
	tlb_gather_flush(&g);
	end_strict();
}

TEST("more ranges than there are notes: the oldest is forgotten, every use still faults")
{
	struct tlb_gather g;
	u32 word;

	if (!CONFIG_DEBUG)
		SKIP("a release build keeps no notes");
	ASSERT_TRUE(begin_strict());
	for (int i = 0; i < 200; i++) {
		map_slots(i & 1, 1);
		tlb_gather_init(&g);
		g.caller = i; // notes of different callers stay apart
		unmap_slots(i & 1, 1, &g);
		EXPECT_EQ(read_nofault(window + (i & 1) * PAGE_SIZE, &word), -EFAULT);
		EXPECT_LE(tlb_notes, 64);
		EXPECT_GE(tlb_notes, 1);
		tlb_note(&g, kernel_root, window + 4 * PAGE_SIZE + i % 8 * 2 * PAGE_SIZE,
			 window + 5 * PAGE_SIZE + i % 8 * 2 * PAGE_SIZE - 1);
		flush_tlb_kernel_range(window, window + 2 * PAGE_SIZE);
	}
	EXPECT_EQ(tlb_notes, 63); // all there is room for, and the last unmapping was flushed
	flush_tlb_all();
	end_strict();
}
