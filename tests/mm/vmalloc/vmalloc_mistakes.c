// SPDX-License-Identifier: MIT
// Wrong calls of vfree, vunmap and their kin: each is reported with who does it and what is there, is
// counted, and harms nothing.

#include <arch/trap.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <lib/format.h>
#include <mm/fault_inject.h>
#include <mm/layout.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "log_watch.h"

SUITE("vmalloc_mistakes");

static struct {
	unsigned long mistakes, areas, used;
	u8 *p; // an area of two pages that must survive
} state;

// No tail calls: these functions are to be the callers.
static __noinline void *vmalloc_from_here(unsigned long size)
{
	void *p = vmalloc(size);

	barrier();
	return p;
}

static __noinline void freer(const void *p)
{
	vfree(p);
	barrier();
}

static __noinline void unmapper(const void *p)
{
	vunmap(p);
	barrier();
}

static void expect_reports(void)
{
	state.p = vmalloc_from_here(5000);
	if (state.p)
		memset(state.p, 0x89, 2 * PAGE_SIZE);
	state.mistakes = vmalloc_mistakes;
	state.areas = vmalloc_areas();
	state.used = vmalloc_used();
	log_watch_begin();
}

// There were n reports, all of them in these words, and nothing has changed.
static void check_reports(unsigned int n, const char *words)
{
	unsigned int wrong = 0;

	EXPECT_EQ(vmalloc_mistakes - state.mistakes, n);
	EXPECT_EQ(log_seen("BUG: "), n);
	EXPECT_EQ(log_seen(words), n);
	log_watch_end();
	EXPECT_EQ(vmalloc_areas(), state.areas);
	EXPECT_EQ(vmalloc_used(), state.used);
	for (unsigned long i = 0; state.p && i < 2 * PAGE_SIZE; i++)
		wrong += state.p[i] != 0x89;
	EXPECT_EQ(wrong, 0);
	vfree(state.p);
	vmalloc_check();
}

TEST("S205 vfree of what is no vmalloc address: lowmem, the image, user space, the stack, page 0, "
     "anything")
{
	u32 on_stack = 0;
	const void *wrong[] = { (void *)16,
				(void *)0x8000,
				&state,
				_stext,
				&on_stack,
				(void *)~0UL,
				(void *)VMALLOC_END,
				(void *)(VMALLOC_START - 1),
				(void *)PKMAP_BASE };
	void *object = kmalloc(64, GFP_KERNEL);

	expect_reports();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		freer(wrong[i]);
	freer(object);
	EXPECT_EQ(log_seen("by freer+"), ARRAY_SIZE(wrong) + 1);
	check_reports(ARRAY_SIZE(wrong) + 1, "no area starts there");
	kfree(object);
}

TEST("S205 vfree of an address in the vmalloc range where no area is")
{
	expect_reports();
	freer((void *)(VMALLOC_END - PAGE_SIZE));
	freer((void *)(VMALLOC_END - 1));
	EXPECT_EQ(log_seen("what is there: no area, and none that is remembered"), 2);
	check_reports(2, "no area starts there");
}

TEST("S205 vfree of an address inside an area, unaligned or not, and of its guard page")
{
	static const unsigned int inside[] = {
		1, 4, 100, 4095, 4096, 4999, 5000, 8191, 8192, 12287
	};

	expect_reports();
	ASSERT_NE(state.p, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(inside); i++)
		freer(state.p + inside[i]);
	EXPECT_EQ(log_seen("what is there: in the 5000 bytes that vmalloc_from_here+"), 8);
	EXPECT_EQ(
		log_seen("what is there: guard page after the 5000 bytes that vmalloc_from_here+"),
		2);
	check_reports(ARRAY_SIZE(inside), "this lies inside of an area, not at its start");
}

TEST("S205 a double vfree names who allocated, who freed first, and who frees now")
{
	u8 *p;

	expect_reports();
	p = vmalloc_from_here(123);
	freer(p);
	freer(p);
	EXPECT_EQ(log_seen("what is there: was: 123 bytes that vmalloc_from_here+"), 1);
	EXPECT_EQ(log_seen(" allocated, freed by freer+"), 1);
	check_reports(1, "no area starts there");
}

TEST("S206 vfree of what vmap gave, vunmap of what vmalloc gave: both stay as they were")
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 *mapped;

	ASSERT_NE(page, NULL);
	mapped = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	ASSERT_NE(mapped, NULL);
	expect_reports();
	freer(mapped);
	unmapper(state.p);
	mapped[0] = 0x896;
	EXPECT_EQ(*(u32 *)page_to_virt(page), 0x896);
	EXPECT_EQ(log_seen("what is there: in the vmap of 1 pages by ktest_"), 1);
	EXPECT_EQ(log_seen("what is there: in the 5000 bytes that vmalloc_from_here+"), 1);
	EXPECT_EQ(log_seen("by unmapper+"), 1);
	check_reports(2, "the area is not of that kind");
	vunmap(mapped);
	__free_page(page);
}

TEST("S205 vunmap of NULL does nothing; of a foreign address, of one inside, or twice is reported")
{
	struct page *page = alloc_page(GFP_KERNEL);
	u8 *mapped;

	ASSERT_NE(page, NULL);
	expect_reports();
	vunmap(NULL);
	mapped = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	ASSERT_NE(mapped, NULL);
	unmapper(mapped + 4);
	unmapper(&state);
	unmapper(mapped);
	unmapper(mapped);
	EXPECT_EQ(log_seen("what is there: was: vmap of 1 pages by ktest_"), 1);
	EXPECT_EQ(log_seen(", unmapped by unmapper+"), 1);
	EXPECT_EQ(log_seen("no area starts there"), 2);
	EXPECT_EQ(log_seen("this lies inside of an area"), 1);
	check_reports(3, "BUG: vunmap(");
	__free_page(page);
}

TEST("S206 vmalloc_to_page and _pfn of an address elsewhere, and remove_vm_area of none, are "
     "reported")
{
	expect_reports();
	EXPECT_EQ(vmalloc_to_page(&state), NULL);
	EXPECT_EQ(vmalloc_to_pfn((void *)PAGE_OFFSET), PFN_NONE);
	EXPECT_EQ(remove_vm_area(state.p + PAGE_SIZE), NULL);
	EXPECT_EQ(log_seen("no address of the vmalloc area"), 2);
	check_reports(3, "by ktest_");
}

// ---- What is or was there -----------------------------------------------------------------------

static void expect_words(const void *p, const char *words)
{
	char text[ADDRESS_WORDS];
	const int len = vmalloc_describe((unsigned long)p, text, sizeof(text));

	EXPECT_EQ(len, strlen(text));
	EXPECT_TRUE(strstr(text, words) != NULL);
	if (!strstr(text, words))
		EXPECT_STREQ(text, words);
}

TEST("an address of the area in words: in an area, its guard page, what was there, and nothing")
{
	u8 *p = vmalloc_from_here(5000);
	struct vm_struct *vm;

	ASSERT_NE(p, NULL);
	expect_words(p, "in the 5000 bytes that vmalloc_from_here+");
	expect_words(p + 8191, "in the 5000 bytes that vmalloc_from_here+");
	expect_words(p + 8192, "guard page after the 5000 bytes that vmalloc_from_here+");
	expect_words(p + 12287, "guard page after the 5000 bytes that vmalloc_from_here+");
	freer(p);
	expect_words(p, "was: 5000 bytes that vmalloc_from_here+");
	expect_words(p + 8191, ", freed by freer+");
	expect_words(p + 8192, "was: guard page after the 5000 bytes that vmalloc_from_here+");
	vm = get_vm_area(PAGE_SIZE, VM_IOREMAP);
	ASSERT_NE(vm, NULL);
	vm->phys_addr = 0x09010000;
	expect_words(vm->addr, "in the ioremap of 09010000 by ktest_");
	expect_words((u8 *)vm->addr + PAGE_SIZE,
		     "guard page after the ioremap of 09010000 by ktest_");
	EXPECT_EQ(remove_vm_area(vm->addr), vm);
	expect_words(vm->addr, "was: ioremap of 09010000 by ktest_");
	expect_words(vm->addr, ", unmapped by ktest_");
	kfree(vm);
}

TEST("what was there for a vmalloc that failed in its midst was given back by the one who asked")
{
	u8 *p = vmalloc_from_here(5000);

	ASSERT_NE(p, NULL);
	freer(p);
	log_watch_begin();
	fail_nth(2); // the struct, then a page
	EXPECT_EQ(vmalloc_from_here(6000), NULL);
	fail_nth(0);
	log_watch_end();
	expect_words(p, "was: 6000 bytes that vmalloc_from_here+");
	expect_words(p, ", freed by vmalloc_from_here+");
}

TEST("the description fits into any buffer, and the newest of several areas at an address is named")
{
	char text[8];
	u8 *p = vmalloc_from_here(100), *q;

	ASSERT_NE(p, NULL);
	vfree(p);
	q = vmalloc_from_here(200);
	EXPECT_EQ(q, p);
	freer(q);
	expect_words(p, "was: 200 bytes that vmalloc_from_here+");
	for (size_t size = 1; size <= sizeof(text); size++) {
		memset(text, 'x', sizeof(text));
		EXPECT_EQ(vmalloc_describe((unsigned long)p, text, size), size - 1);
		EXPECT_EQ(text[size - 1], '\0');
		if (size < sizeof(text))
			EXPECT_EQ(text[size], 'x');
	}
}

static struct {
	char line[3][ADDRESS_WORDS]; // what it is; page number and offset; its mapping
	int lines;
} explained;

static void keep_line(const char *text, void *arg)
{
	if (explained.lines < 3)
		strscpy(explained.line[explained.lines], text, ADDRESS_WORDS);
	explained.lines++;
}

static void expect_explained(const void *p, const char *kind, const char *mapping)
{
	explained.lines = 0;
	address_explain((unsigned long)p, keep_line, NULL);
	EXPECT_EQ(explained.lines, 3);
	EXPECT_TRUE(strstr(explained.line[0], kind) != NULL);
	EXPECT_TRUE(strstr(explained.line[2], mapping) != NULL);
}

static void expect_split(unsigned long va, const char *split)
{
	explained.lines = 0;
	address_explain(va, keep_line, NULL);
	EXPECT_STREQ(explained.line[1], split);
}

TEST("S018 explain splits an address: the high bits are the page number, the low 12 the offset")
{
	expect_split(0xc0012345, "  page number 0xc0012, offset 0x345");
	expect_split(0x08048fff, "  page number 0x08048, offset 0xfff");
	expect_split(0x08049000, "  page number 0x08049, offset 0x000");
	EXPECT_EQ(0x8048ul << PAGE_SHIFT | 0xfff, 0x08048fff);
}

TEST("S013 S014 S016 S017 an address explained: user virtual, kernel logical, kernel virtual, with "
     "its physical address and frame")
{
	u8 *p = vmalloc_from_here(5000), *logical = kmalloc(64, GFP_KERNEL);
	char frame[64];
	phys_addr_t pa;

	ASSERT_TRUE(p && logical);
	expect_explained((void *)0x8000, "00008000: user virtual address, user space",
			 "not mapped");
	expect_explained(NULL, "no address of anything (NULL), page 0", "not mapped");
	pa = __pa(logical);
	snprintf(frame, sizeof(frame), "physical %pa, page frame %#lx, zone ", &pa, PFN_DOWN(pa));
	expect_explained(logical, ": kernel logical address, lowmem", frame);
	snprintf(frame, sizeof(frame), "page frame %#lx, zone ", vmalloc_to_pfn(p));
	expect_explained(
		p, ": kernel virtual address, vmalloc: in the 5000 bytes that vmalloc_from_here+",
		frame);
	expect_explained(p, "vmalloc", pt_has_noexec ? "mapped rw-" : "mapped rwx");
	expect_explained(p + 8192, "vmalloc: guard page after the 5000 bytes", "not mapped");
	expect_explained(_stext, ".text", "mapped r-x");
	vfree(p);
	kfree(logical);
	expect_explained(p, "vmalloc: was: 5000 bytes that vmalloc_from_here+", "not mapped");
}
