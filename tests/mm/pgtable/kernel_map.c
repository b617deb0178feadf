// SPDX-License-Identifier: MIT
// The kernel's live page tables against what they are meant to be.

#include <abi/errno.h>
#include <arch/trap.h>
#include <kernel/bootinfo.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <lib/format.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/fixmap.h>
#include <mm/kernel_map.h>
#include <mm/layout.h>
#include <mm/memblock.h>
#include <mm/pgtable.h>
#include <mm/zone.h>

#include "page_chain.h"

SUITE("kernel_map");

static bool expect_not_both(const struct pt_run *run, void *arg)
{
	EXPECT_FALSE((run->prot & PT_WRITE) && (run->prot & PT_EXEC) && pt_has_noexec);
	if ((run->prot & PT_WRITE) && (run->prot & PT_EXEC) && !pt_has_noexec)
		++*(int *)arg;
	return true;
}

TEST("no mapping of the kernel is both writable and executable (W^X)")
{
	int unprotected = 0;

	pt_for_each_run(kernel_root, 0, ~0UL, expect_not_both, &unprotected);
	if (unprotected)
		SKIP("this CPU cannot forbid execution");
}

static bool expect_above(const struct pt_run *run, void *arg)
{
	EXPECT_GE(run->va, PAGE_OFFSET);
	EXPECT_FALSE(run->prot & PT_USER);
	EXPECT_TRUE(run->prot & PT_GLOBAL);
	++*(int *)arg;
	return true;
}

TEST("S068 nothing is mapped below PAGE_OFFSET, and the kernel's mappings are its own and global")
{
	int runs = 0;

	pt_for_each_run(kernel_root, 0, ~0UL, expect_above, &runs);
	EXPECT_GT(runs, 5);
}

TEST("each row of the image is mapped linearly with just its rights")
{
	for (int i = 0; i < kernel_image_rows; i++) {
		const struct kmap_row *row = &kernel_image_map[i];
		pgprot_t wanted = row->prot | (pt_has_noexec ? 0 : PT_EXEC);

		for (unsigned long va = (unsigned long)row->start; va < (unsigned long)row->end;
		     va += PAGE_SIZE) {
			phys_addr_t pa;
			pgprot_t prot;

			ASSERT_TRUE(pt_query(kernel_root, va, &pa, &prot) >= 0);
			ASSERT_EQ(pa, __pa(va));
			ASSERT_EQ(prot, wanted);
		}
	}
}

static bool expect_rights_of_image(const struct pt_run *run, void *arg)
{
	const phys_addr_t text = __pa(_stext), text_end = __pa(_etext);

	// Any other view of the frames that hold code must not be writable.
	if (run->pa < text_end && run->pa + run->size > text)
		EXPECT_FALSE(run->prot & PT_WRITE);
	return true;
}

TEST("no alias of the kernel's code can be written, the linear map's included")
{
	pt_for_each_run(kernel_root, 0, ~0UL, expect_rights_of_image, NULL);
}

TEST("below each stack lies a page that is not mapped")
{
	static char *const stacks[] = { boot_stack, irq_stack, fault_stack };

	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		EXPECT_EQ(pt_query(kernel_root, (unsigned long)stacks[i] - 1, NULL, NULL), -EFAULT);
		EXPECT_TRUE(pt_query(kernel_root, (unsigned long)stacks[i], NULL, NULL) >= 0);
	}
}

TEST("S003 every page of RAM in lowmem is mapped at its linear address")
{
	const struct memblock_range *ram;
	const phys_addr_t end = memblock_lowmem_end();

	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++) {
		for (phys_addr_t pa = ram->start, step; pa < min(ram->end, end); pa += step) {
			phys_addr_t found;
			unsigned long va = (unsigned long)__va((unsigned long)pa);
			// The guard pages of the stacks are the one exception.
			bool guard = strncmp(address_area(va), "guard", 5) == 0;
			const int level = pt_query(kernel_root, va, &found, NULL);

			ASSERT_EQ(level < 0, guard);
			if (!guard)
				ASSERT_EQ(found, pa);
			// All pages of a large one are of one entry.
			step = guard ? PAGE_SIZE : pt_span(level) - (va & (pt_span(level) - 1));
		}
	}
}

// Whether what is written to a frame through a window of its own is read at its linear address.
static bool is_the_frame(const struct page *page)
{
	u32 *window = set_fixmap(FIX_TEST, page_to_phys(page), PAGE_KERNEL);
	volatile u32 *linear = page_to_virt(page);
	bool same;

	window[0] = (u32)page_to_pfn(page);
	window[1023] = ~(u32)page_to_pfn(page);
	same = linear[0] == (u32)page_to_pfn(page) && linear[1023] == ~(u32)page_to_pfn(page);
	clear_fixmap(FIX_TEST);
	return same;
}

TEST("S003 lowmem shows its frames: the first and last one of each free block, written through "
     "another "
     "mapping, read so at their linear addresses")
{
	PAGE_CHAIN(chain);
	struct page *page;
	unsigned long wrong = 0;

	chain_take_all(&chain, GFP_KERNEL);
	EXPECT_GT(chain.pages, 4096);
	list_for_each_entry (page, &chain.blocks, lru)
		wrong += !is_the_frame(page) + !is_the_frame(page + (1UL << page->private) - 1);
	EXPECT_EQ(wrong, 0);
	chain_free(&chain);
}

TEST("S004 behind the end of lowmem nothing is mapped up to the vmalloc area")
{
	const unsigned long end =
		(unsigned long)__va((unsigned long)(memblock_lowmem_end() - 1)) + 1;

	EXPECT_LE(end, LOWMEM_END);
	if (!CONFIG_KASAN || end < LOWMEM_END) // else the shadow begins there
		EXPECT_EQ(pt_query(kernel_root, end, NULL, NULL), -EFAULT);
	EXPECT_EQ(pt_query(kernel_root, KASAN_SHADOW_END, NULL, NULL), -EFAULT);
	EXPECT_EQ(pt_query(kernel_root, VMALLOC_START - 1, NULL, NULL), -EFAULT);
}

TEST("S025 W03 lowmem begins at PAGE_OFFSET with the lowest RAM that is used; where it ends, "
     "highmem begins")
{
	const phys_addr_t end = memblock_lowmem_end();
	phys_addr_t pa;

	EXPECT_EQ(memblock_ram(0)->start, PHYS_OFFSET);
	EXPECT_TRUE(pt_query(kernel_root, PAGE_OFFSET, &pa, NULL) >= 0);
	EXPECT_EQ(pa, PHYS_OFFSET);
	EXPECT_EQ(PFN_DOWN(end), max_low_pfn);
	EXPECT_EQ(max_pfn > max_low_pfn, populated_zone(&zones[ZONE_HIGHMEM]));
	if (max_pfn > max_low_pfn)
		EXPECT_EQ(PFN_PHYS(zones[ZONE_HIGHMEM].zone_start_pfn),
			  PHYS_OFFSET + LOWMEM_MAX_SIZE);
}

TEST("S009 __pa and __va take a fixed offset off and put it back")
{
	EXPECT_EQ(__pa(PAGE_OFFSET), PHYS_OFFSET);
	EXPECT_EQ(__va((unsigned long)__pa(_end)), (void *)_end);
	EXPECT_EQ(__pa(_start), PHYS_OFFSET + TEXT_OFFSET);
}

TEST("the code can be read but not written, data cannot be executed: the CPU says so")
{
	u32 word;

	EXPECT_EQ(read_nofault((unsigned long)_stext, &word), 0);
	EXPECT_EQ(write_nofault((unsigned long)_stext, word), -EFAULT);
	EXPECT_EQ(read_nofault((unsigned long)__start_rodata, &word), 0);
	EXPECT_EQ(write_nofault((unsigned long)__start_rodata, word), -EFAULT);
	EXPECT_EQ(read_nofault(0, &word), -EFAULT);
	EXPECT_EQ(read_nofault(KASAN_SHADOW_END, &word), -EFAULT);
	EXPECT_EQ(write_nofault((unsigned long)boot_stack - 4, 0), -EFAULT);
}

TEST("a fixmap slot shows the frame it was set to, and nothing once it is cleared")
{
	static u32 page[PAGE_SIZE / 4] __aligned(PAGE_SIZE);
	u32 *window = set_fixmap(FIX_TEST, __pa(&page[7]), PAGE_KERNEL);
	u32 word;

	EXPECT_EQ((unsigned long)window, fix_to_virt(FIX_TEST) + 28);
	WRITE_ONCE(*window, 0x896);
	EXPECT_EQ(READ_ONCE(page[7]), 0x896);
	clear_fixmap(FIX_TEST);
	EXPECT_EQ(read_nofault((unsigned long)window, &word), -EFAULT);
}

TEST("after tlb_flush_all() a global page that was mapped anew shows its new frame")
{
	static u32 pages[2][PAGE_SIZE / 4] __aligned(PAGE_SIZE);
	const unsigned long va = fix_to_virt(FIX_TEST);
	const volatile u32 *window = set_fixmap(FIX_TEST, __pa(pages[0]), PAGE_KERNEL);

	pages[0][0] = 1;
	pages[1][0] = 2;
	EXPECT_EQ(*window, 1);
	pte_set(pt_slot(kernel_root, va, NULL),
		pte_mk_leaf(__pa(pages[1]), PAGE_KERNEL, PT_LEVELS - 1));
	tlb_flush_all();
	EXPECT_EQ(*window, 2);
	clear_fixmap(FIX_TEST);
}

struct layout_lines {
	int count;
	bool lowmem, title;
	char start[32];
};

static void look_at_line(const char *text, void *arg)
{
	struct layout_lines *lines = arg;

	lines->count++;
	lines->title |= strcmp(text, "virtual kernel memory layout:") == 0;
	lines->lowmem |= strstr(text, lines->start) != NULL;
}

TEST("S051 the layout table has Linux's title and a line for lowmem")
{
	struct layout_lines lines = { 0, false, false, "" };

	snprintf(lines.start, sizeof(lines.start), "lowmem : 0x%08lx - 0x", PAGE_OFFSET);
	layout_show(look_at_line, &lines);
	EXPECT_TRUE(lines.title);
	EXPECT_TRUE(lines.lowmem);
	EXPECT_GE(lines.count, 9);
}

TEST("S001 S037 S230 W01 the split is a choice of the build: 3 GB for the user and 896 MB of "
     "lowmem, or 2 GB and 1920 MB")
{
	const u64 user = TASK_SIZE, lowmem = LOWMEM_MAX_SIZE + KASAN_SHADOW_SIZE;

	EXPECT_TRUE((user == 3ULL << 30 && lowmem == 896 * SZ_1M) ||
		    (user == 2ULL << 30 && lowmem == 1920 * SZ_1M));
	EXPECT_GE((unsigned long)_start, PAGE_OFFSET);
	EXPECT_STREQ(address_area(TASK_SIZE - 1), "user space");
	EXPECT_STREQ(address_area(PAGE_OFFSET), "lowmem");
}

TEST("every address has a name for people")
{
	EXPECT_STREQ(address_area(0), "page 0 (NULL)");
	EXPECT_STREQ(address_area(0x1000), "user space");
	EXPECT_STREQ(address_area(PAGE_OFFSET - 1), "user space");
	EXPECT_STREQ(address_area(PAGE_OFFSET), "lowmem");
	EXPECT_STREQ(address_area((unsigned long)_stext), ".text");
	EXPECT_STREQ(address_area((unsigned long)boot_stack - 1),
		     "guard page below the boot stack");
	EXPECT_STREQ(address_area((unsigned long)boot_stack), "boot stack");
	EXPECT_STREQ(address_area(VMALLOC_START), "vmalloc");
	EXPECT_STREQ(address_area(KASAN_SHADOW_END), "the hole behind lowmem");
	EXPECT_STREQ(address_area(PKMAP_BASE), "pkmap");
	EXPECT_STREQ(address_area(FIXADDR_START), "fixmap");
}
