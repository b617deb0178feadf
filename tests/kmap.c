// SPDX-License-Identifier: MIT
// kmap(): 512 addresses for pages of highmem, shared by all (notes, area J).

#include <abi/errno.h>
#include <arch/trap.h>
#include <kernel/context.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <mm/fixmap.h>
#include <mm/highmem.h>
#include <mm/pgtable.h>

#include "free_state.h"
#include "log_watch.h"

SUITE("kmap");

// More pages than the window has slots.
#define PAGES 600

static struct page *pages[PAGES];

static bool no_highmem(void)
{
	return zones[ZONE_HIGHMEM].managed_pages < 2 * PAGES;
}
#define NEED_HIGHMEM()    \
	if (no_highmem()) \
	SKIP("this machine has no highmem")

static void begin(int count)
{
	kmap_flush_unused();
	free_state_begin();
	for (int i = 0; i < count; i++) {
		pages[i] = alloc_page(GFP_HIGHUSER);
		EXPECT_TRUE(pages[i] && PageHighMem(pages[i]));
	}
}

static void end(int count)
{
	for (int i = 0; i < count; i++)
		__free_page(pages[i]);
	kmap_flush_unused();
	EXPECT_EQ(kmap_used(), 0);
	free_state_end();
}

static void *show_alone(struct page *page)
{
	return set_fixmap(FIX_TEST, page_to_phys(page), PAGE_KERNEL);
}

static bool is_pkmap(const void *va)
{
	return (unsigned long)va >= PKMAP_BASE && (unsigned long)va < PKMAP_END;
}

TEST("S220 kmap() of a page that is not in highmem is page_address(), and takes no slot")
{
	struct page *page;

	free_state_begin();
	page = alloc_page(GFP_KERNEL);
	ASSERT_NE(page, NULL);
	EXPECT_EQ(kmap(page), page_address(page));
	EXPECT_EQ(kmap(page), page_to_virt(page));
	EXPECT_EQ(kmap_used(), 0);
	EXPECT_EQ(kmap_to_page(page_address(page)), page);
	kunmap(page);
	kunmap(page);
	__free_page(page);
	free_state_end();
}

TEST("S221 S224 W06 kmap() shows a page of highmem at an address between PKMAP_BASE and its end")
{
	u32 *va, *alone;

	NEED_HIGHMEM();
	begin(1);
	va = kmap(pages[0]);
	EXPECT_TRUE(is_pkmap(va));
	EXPECT_EQ((unsigned long)va % PAGE_SIZE, 0);
	va[0] = 0x896;
	va[1023] = 0x897;
	alone = show_alone(pages[0]);
	EXPECT_EQ(READ_ONCE(alone[0]), 0x896);
	EXPECT_EQ(READ_ONCE(alone[1023]), 0x897);
	WRITE_ONCE(alone[1], 0x898);
	EXPECT_EQ(READ_ONCE(va[1]), 0x898);
	clear_fixmap(FIX_TEST);
	EXPECT_EQ(kmap_to_page(va), pages[0]);
	EXPECT_EQ(kmap_to_page((char *)va + 4095), pages[0]);
	kunmap(pages[0]);
	end(1);
}

TEST("S223 kmap() sets the entry of its address, kunmap() and flush take it away: a use then "
     "faults")
{
	unsigned long va;
	phys_addr_t pa;
	pgprot_t prot;
	u32 word;

	NEED_HIGHMEM();
	begin(1);
	va = (unsigned long)kmap(pages[0]);
	EXPECT_TRUE(pt_query(kernel_root, va, &pa, &prot) >= 0);
	EXPECT_EQ(pa, page_to_phys(pages[0]));
	EXPECT_EQ(prot, PAGE_KERNEL | (pt_has_noexec ? 0 : PT_EXEC));
	EXPECT_EQ(read_nofault(va, &word), 0);
	kmap_flush();
	EXPECT_EQ(read_nofault(va, &word), 0); // in use: the flush is not for it
	kunmap(pages[0]);
	EXPECT_EQ(read_nofault(va, &word), 0); // not yet
	kmap_flush();
	EXPECT_EQ(read_nofault(va, &word), -EFAULT);
	EXPECT_EQ(write_nofault(va, word), -EFAULT);
	EXPECT_EQ(pt_query(kernel_root, va, NULL, NULL), -EFAULT);
	EXPECT_EQ(kmap_to_page((void *)va), NULL);
	end(1);
}

TEST("S100 S105 page_address() of a highmem page is its kmap() address, before and afterwards NULL")
{
	struct page *page;
	void *va;

	NEED_HIGHMEM();
	begin(2);
	page = pages[0];
	EXPECT_EQ(page_address(page), NULL);
	va = kmap(page);
	EXPECT_TRUE(is_pkmap(va));
	EXPECT_EQ(page_address(page), va);
	EXPECT_EQ(page_address(pages[1]), NULL);
	kunmap(page);
	EXPECT_EQ(page_address(page), va); // still to be seen
	kmap_flush();
	EXPECT_EQ(page_address(page), NULL);
	end(2);
}

static void *address_in_interrupt;

static void ask_address(void)
{
	address_in_interrupt = page_address(pages[0]);
}

TEST("page_address() of a mapped page may be asked in an interrupt")
{
	void *va;

	NEED_HIGHMEM();
	begin(1);
	va = kmap(pages[0]);
	ktest_in_interrupt(ask_address);
	EXPECT_EQ(address_in_interrupt, va);
	kunmap(pages[0]);
	end(1);
}

TEST("S221 every user of a page gets the same address, which stays until the last kunmap()")
{
	u32 *va, word;

	NEED_HIGHMEM();
	begin(1);
	va = kmap(pages[0]);
	va[5] = 0x896;
	for (int i = 0; i < 1000; i++)
		EXPECT_EQ(kmap(pages[0]), va);
	EXPECT_EQ(kmap_used(), 1);
	for (int i = 0; i < 1000; i++) {
		kunmap(pages[0]);
		kmap_flush();
	}
	EXPECT_EQ(kmap_used(), 1);
	EXPECT_EQ(READ_ONCE(va[5]), 0x896);
	kunmap(pages[0]);
	EXPECT_EQ(kmap_used(), 0);
	kmap_flush();
	EXPECT_EQ(read_nofault((unsigned long)va, &word), -EFAULT);
	end(1);
}

TEST("kmap() of a page that nobody uses any more finds it where it was, without a new slot")
{
	void *va;

	NEED_HIGHMEM();
	begin(2);
	va = kmap(pages[0]);
	kunmap(pages[0]);
	EXPECT_NE(kmap(pages[1]), va);
	EXPECT_EQ(kmap(pages[0]), va);
	kunmap(pages[0]);
	kunmap(pages[1]);
	end(2);
}

TEST("W06 512 pages can be seen at once, each at an address of its own, all with their contents")
{
	NEED_HIGHMEM();
	begin(LAST_PKMAP);
	EXPECT_EQ((PKMAP_END - PKMAP_BASE) / PAGE_SIZE, LAST_PKMAP);
	for (int i = 0; i < LAST_PKMAP; i++)
		*(u32 *)kmap(pages[i]) = i;
	EXPECT_EQ(kmap_used(), LAST_PKMAP);
	for (int i = 0; i < LAST_PKMAP; i++) {
		const u32 *va = page_address(pages[i]);

		ASSERT_TRUE(is_pkmap(va));
		ASSERT_EQ(READ_ONCE(*va), i);
		ASSERT_EQ(kmap_to_page(va), pages[i]);
		for (int j = 0; j < i; j++)
			ASSERT_TRUE(page_address(pages[j]) != va);
	}
	for (int i = 0; i < LAST_PKMAP; i++)
		kunmap(pages[i]);
	end(LAST_PKMAP);
}

TEST("S223 slots are used one after the other: one flush for all of the window, when it is used up")
{
	unsigned long flushes;

	NEED_HIGHMEM();
	begin(PAGES);
	flushes = kmap_flushes;
	// Wherever the window's turn is, 512 steps meet its end just once.
	for (int i = 0; i < LAST_PKMAP; i++) {
		*(u32 *)kmap(pages[i]) = i;
		kunmap(pages[i]);
	}
	EXPECT_EQ(kmap_flushes, flushes + 1);
	for (int i = LAST_PKMAP; i < PAGES; i++) {
		*(u32 *)kmap(pages[i]) = i;
		kunmap(pages[i]);
	}
	EXPECT_LE(kmap_flushes, flushes + 2);
	for (int i = 0; i < PAGES; i++) {
		ASSERT_EQ(*(const volatile u32 *)kmap(pages[i]), i);
		kunmap(pages[i]);
	}
	EXPECT_LE(kmap_flushes, flushes + 3);
	end(PAGES);
}

TEST("the window goes round past slots that stay in use, and leaves them alone")
{
	u32 *held[3];

	NEED_HIGHMEM();
	begin(PAGES);
	for (int i = 0; i < 3; i++) {
		held[i] = kmap(pages[i]);
		*held[i] = 0x896 + i;
		for (int j = 3; j < 100; j++) {
			kmap(pages[j]);
			kunmap(pages[j]);
		}
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 3; i < PAGES; i++) {
			u32 *va = kmap(pages[i]);

			ASSERT_TRUE(va != held[0] && va != held[1] && va != held[2]);
			*va = i;
			kunmap(pages[i]);
		}
	}
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(READ_ONCE(*held[i]), 0x896 + i);
		EXPECT_EQ(page_address(pages[i]), held[i]);
		kunmap(pages[i]);
	}
	end(PAGES);
}

// A model of the window: who has how many users, and what each page holds.
static unsigned int users[PAGES];
static u32 random_state;

static u32 random(u32 below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (u32)((u64)random_state * below >> 32);
}

static void random_step(int *used)
{
	const int i = random(PAGES);
	volatile u32 *va;

	if (users[i] > 0 && (random(2) || *used == LAST_PKMAP)) {
		kunmap(pages[i]);
		*used -= --users[i] == 0;
		return;
	}
	if (users[i] == 0 && *used == LAST_PKMAP)
		return;
	va = kmap(pages[i]);
	*used += users[i]++ == 0;
	EXPECT_EQ(va[0], i);
	EXPECT_EQ(va[1023], ~i);
	if (random(50) == 0)
		kmap_flush();
}

TEST("20,000 random kmap() and kunmap() agree with a model: addresses, contents, slots in use")
{
	int used = 0;

	NEED_HIGHMEM();
	begin(PAGES);
	random_state = 896;
	for (int i = 0; i < PAGES; i++) {
		u32 *va = kmap(pages[i]);

		va[0] = i;
		va[1023] = ~i;
		kunmap(pages[i]);
		users[i] = 0;
	}
	for (int i = 0; i < 20000; i++) {
		random_step(&used);
		ASSERT_TRUE(used <= LAST_PKMAP);
	}
	EXPECT_EQ(kmap_used(), used);
	for (int i = 0; i < PAGES; i++)
		while (users[i]-- > 0)
			kunmap(pages[i]);
	end(PAGES);
}

// ---- Mistakes ---------------------------------------------------------------------------------------

static unsigned long mistakes_before;

static void begin_mistakes(int count)
{
	begin(count);
	log_watch_begin();
	mistakes_before = kmap_mistakes;
}

// That there were n reports since the begin, with the caller, in these words.
static void expect_mistakes(unsigned int n, const char *words)
{
	EXPECT_EQ(kmap_mistakes - mistakes_before, n);
	EXPECT_EQ(log_seen("BUG: "), n);
	EXPECT_EQ(log_seen(words), n);
	EXPECT_EQ(log_seen("by wrong_unmapper+"), n);
}

static void end_mistakes(int count)
{
	log_watch_end();
	end(count);
}

// No tail calls: these are to be the callers.
static __noinline void wrong_unmapper(struct page *page)
{
	kunmap(page);
	barrier();
}

static __noinline void *good_mapper(struct page *page)
{
	void *va = kmap(page);

	barrier();
	return va;
}

static __noinline void good_unmapper(struct page *page)
{
	kunmap(page);
	barrier();
}

TEST("kunmap() without kmap() is reported with the caller, and changes nothing")
{
	u32 *va;

	NEED_HIGHMEM();
	begin_mistakes(2);
	va = kmap(pages[1]);
	wrong_unmapper(pages[0]);
	expect_mistakes(1, "kmap() has not mapped it");
	*va = 0x896;
	EXPECT_EQ(kmap_used(), 1);
	kunmap(pages[1]);
	EXPECT_EQ(kmap_mistakes, mistakes_before + 1);
	end_mistakes(2);
}

TEST("a second kunmap() is reported with the caller, and who unmapped before (debug builds)")
{
	void *va;

	NEED_HIGHMEM();
	begin_mistakes(1);
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
	end_mistakes(1);
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
	begin_mistakes(1);
	ktest_in_interrupt(kmap_in_interrupt);
	EXPECT_EQ(might_sleep_reports - before, 2 * CONFIG_DEBUG);
	EXPECT_EQ(log_seen("sleeping function called from invalid context"), 2 * CONFIG_DEBUG);
	EXPECT_EQ(log_seen("(in an interrupt)"), 2 * CONFIG_DEBUG);
	EXPECT_TRUE(is_pkmap(mapped_in_interrupt));
	EXPECT_EQ(kmap(pages[0]), mapped_in_interrupt);
	kunmap(pages[0]);
	EXPECT_EQ(might_sleep_reports - before, 2 * CONFIG_DEBUG);
	end_mistakes(1);
}

// ---- Words ------------------------------------------------------------------------------------------

static void count_line(const char *text, void *arg)
{
	*(int *)arg += strstr(text, "good_mapper+") != NULL || !CONFIG_DEBUG;
}

TEST("S219 a slot in words: the page it shows, its users, who mapped and unmapped it (debug "
     "builds)")
{
	char text[200], wanted[64];
	unsigned long va;
	int lines = 0;

	NEED_HIGHMEM();
	begin(1);
	va = (unsigned long)good_mapper(pages[0]);
	snprintf(wanted, sizeof(wanted), "pkmap slot %lu: pfn %#lx", (va - PKMAP_BASE) / PAGE_SIZE,
		 page_to_pfn(pages[0]));
	ASSERT_TRUE(kmap_describe(va + 7, text, sizeof(text)));
	EXPECT_TRUE(strstr(text, wanted) == text);
	EXPECT_EQ(strstr(text, "mapped by good_mapper+") != NULL, CONFIG_DEBUG);
	EXPECT_EQ(strstr(text, "unmapped"), NULL);
	kmap_show(count_line, &lines);
	EXPECT_EQ(lines, 1);
	good_mapper(pages[0]);
	kmap_describe(va, text, sizeof(text));
	EXPECT_NE(strstr(text, ", 2 users"), NULL);
	kunmap(pages[0]);
	good_unmapper(pages[0]);
	for (int i = 0; i < 2; i++) { // whether it can still be seen or not
		snprintf(wanted, sizeof(wanted), "pkmap slot %lu: was pfn %#lx",
			 (va - PKMAP_BASE) / PAGE_SIZE, page_to_pfn(pages[0]));
		kmap_describe(va, text, sizeof(text));
		EXPECT_TRUE(strstr(text, wanted) == text);
		EXPECT_NE(strstr(text, ", unmapped"), NULL);
		EXPECT_EQ(strstr(text, ", unmapped by good_unmapper+") != NULL, CONFIG_DEBUG);
		kmap_flush();
	}
	kmap_show(count_line, &lines);
	EXPECT_EQ(lines, 1);
	EXPECT_FALSE(kmap_describe(PKMAP_BASE - 1, text, sizeof(text)));
	EXPECT_FALSE(kmap_describe(PKMAP_END, text, sizeof(text)));
	EXPECT_FALSE(kmap_describe(PAGE_OFFSET, text, sizeof(text)));
	end(1);
}
