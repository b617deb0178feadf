// SPDX-License-Identifier: MIT
// kmap(): 512 addresses for pages of highmem, shared by all.

#include <abi/errno.h>
#include <arch/trap.h>
#include <mm/fixmap.h>
#include <mm/pgtable.h>

#include "free_state.h"
#include "high_pages.h"
#include "random.h"

SUITE("kmap");

static void *show_alone(struct page *page)
{
	return set_fixmap(FIX_TEST, page_to_phys(page), PAGE_KERNEL);
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
	high_pages_begin(1);
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
	high_pages_end(1);
}

TEST("S223 kmap() sets the entry of its address, kunmap() and flush take it away: a use then "
     "faults")
{
	unsigned long va;
	phys_addr_t pa;
	pgprot_t prot;
	u32 word;

	NEED_HIGHMEM();
	high_pages_begin(1);
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
	high_pages_end(1);
}

TEST("S100 S105 page_address() of a highmem page is its kmap() address, before and afterwards NULL")
{
	struct page *page;
	void *va;

	NEED_HIGHMEM();
	high_pages_begin(2);
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
	high_pages_end(2);
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
	high_pages_begin(1);
	va = kmap(pages[0]);
	ktest_in_interrupt(ask_address);
	EXPECT_EQ(address_in_interrupt, va);
	kunmap(pages[0]);
	high_pages_end(1);
}

TEST("S221 every user of a page gets the same address, which stays until the last kunmap()")
{
	u32 *va, word;

	NEED_HIGHMEM();
	high_pages_begin(1);
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
	high_pages_end(1);
}

TEST("kmap() of a page that nobody uses any more finds it where it was, without a new slot")
{
	void *va;

	NEED_HIGHMEM();
	high_pages_begin(2);
	va = kmap(pages[0]);
	kunmap(pages[0]);
	EXPECT_NE(kmap(pages[1]), va);
	EXPECT_EQ(kmap(pages[0]), va);
	kunmap(pages[0]);
	kunmap(pages[1]);
	high_pages_end(2);
}

TEST("W06 512 pages can be seen at once, each at an address of its own, all with their contents")
{
	NEED_HIGHMEM();
	high_pages_begin(LAST_PKMAP);
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
	high_pages_end(LAST_PKMAP);
}

TEST("S223 slots are used one after the other: one flush for all of the window, when it is used up")
{
	unsigned long flushes;

	NEED_HIGHMEM();
	high_pages_begin(HIGH_PAGES);
	flushes = kmap_flushes;
	// Wherever the window's turn is, 512 steps meet its end just once.
	for (int i = 0; i < LAST_PKMAP; i++) {
		*(u32 *)kmap(pages[i]) = i;
		kunmap(pages[i]);
	}
	EXPECT_EQ(kmap_flushes, flushes + 1);
	for (int i = LAST_PKMAP; i < HIGH_PAGES; i++) {
		*(u32 *)kmap(pages[i]) = i;
		kunmap(pages[i]);
	}
	EXPECT_LE(kmap_flushes, flushes + 2);
	for (int i = 0; i < HIGH_PAGES; i++) {
		ASSERT_EQ(*(const volatile u32 *)kmap(pages[i]), i);
		kunmap(pages[i]);
	}
	EXPECT_LE(kmap_flushes, flushes + 3);
	high_pages_end(HIGH_PAGES);
}

TEST("the window goes round past slots that stay in use, and leaves them alone")
{
	u32 *held[3];

	NEED_HIGHMEM();
	high_pages_begin(HIGH_PAGES);
	for (int i = 0; i < 3; i++) {
		held[i] = kmap(pages[i]);
		*held[i] = 0x896 + i;
		for (int j = 3; j < 100; j++) {
			kmap(pages[j]);
			kunmap(pages[j]);
		}
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 3; i < HIGH_PAGES; i++) {
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
	high_pages_end(HIGH_PAGES);
}

// A model of the window: who has how many users, and what each page holds.
static unsigned int users[HIGH_PAGES];
static volatile u32 *address[HIGH_PAGES]; // while it has users
static u32 random_state;

static void random_step(int *used)
{
	const int i = random_below(&random_state, HIGH_PAGES);
	volatile u32 *va;

	if (users[i] > 0 && (random_below(&random_state, 2) || *used == LAST_PKMAP)) {
		kunmap(pages[i]);
		*used -= --users[i] == 0;
		return;
	}
	if (users[i] == 0 && *used == LAST_PKMAP)
		return;
	va = kmap(pages[i]);
	if (users[i]++ == 0) {
		address[i] = va;
		*used += 1;
	}
	EXPECT_EQ(va, address[i]);
	EXPECT_EQ(va[0], i);
	EXPECT_EQ(va[1023], ~i);
	if (random_below(&random_state, 50) == 0)
		kmap_flush();
}

TEST("20,000 random kmap() and kunmap() agree with a model: addresses, contents, slots in use")
{
	int used = 0;

	NEED_HIGHMEM();
	high_pages_begin(HIGH_PAGES);
	random_state = 896;
	for (int i = 0; i < HIGH_PAGES; i++) {
		u32 *va = kmap(pages[i]);

		va[0] = i;
		va[1023] = ~i;
		kunmap(pages[i]);
		users[i] = 0;
	}
	for (int i = 0; i < 20000; i++) {
		random_step(&used);
		ASSERT_TRUE(used <= LAST_PKMAP);
		if (i % 64 == 0)
			ASSERT_EQ(kmap_used(), used);
	}
	EXPECT_EQ(kmap_used(), used);
	for (int i = 0; i < HIGH_PAGES; i++)
		while (users[i]-- > 0)
			kunmap(pages[i]);
	high_pages_end(HIGH_PAGES);
}
