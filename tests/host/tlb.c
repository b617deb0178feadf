// SPDX-License-Identifier: MIT
// The host's TLB, which keeps what is stale: what it holds, and that every operation flushes what it must.

#include <abi/errno.h>
#include <arch/host/host.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <mm/addr.h>
#include <mm/set_memory.h>
#include <mm/tlb.h>

#include "window.h"

SUITE("host_tlb");

// Two frames, the first word of each its number.
static struct page *frames[2];

static bool take_frames(void)
{
	for (int i = 0; i < 2; i++) {
		frames[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!frames[i])
			return false;
		*(u32 *)page_to_virt(frames[i]) = i;
	}
	return true;
}

static void give_frames(void)
{
	__free_page(frames[0]);
	__free_page(frames[1]);
}

TEST("S072 a page that is unmapped but not flushed is still read, and not after the flush")
{
	u32 word;

	ASSERT_TRUE(take_frames());
	ASSERT_EQ(map(WINDOW, frames[1], PAGE_KERNEL), 0);
	EXPECT_EQ(word_at(WINDOW), 1);
	EXPECT_EQ(tlb_stale(), 0);
	unmap(WINDOW);
	EXPECT_EQ(word_at(WINDOW), 1);
	EXPECT_EQ(tlb_stale(), 1);
	EXPECT_EQ(tlb_first_stale(), WINDOW);
	tlb_flush_page(WINDOW);
	EXPECT_EQ(read_nofault(WINDOW, &word), -EFAULT);
	EXPECT_EQ(tlb_stale(), 0);
	give_frames();
}

TEST("S072 after a changed entry without a flush the old frame is read, with a flush the new one")
{
	ASSERT_TRUE(take_frames());
	ASSERT_EQ(map(WINDOW, frames[0], PAGE_KERNEL), 0);
	EXPECT_EQ(word_at(WINDOW), 0);
	unmap(WINDOW);
	ASSERT_EQ(map(WINDOW, frames[1], PAGE_KERNEL), 0);
	EXPECT_EQ(word_at(WINDOW), 0);
	EXPECT_EQ(tlb_stale(), 1);
	tlb_flush_page(WINDOW);
	EXPECT_EQ(word_at(WINDOW), 1);
	unmap(WINDOW);
	tlb_flush_page(WINDOW);
	give_frames();
}

TEST("rights are the entry's: a read-only page is not written, nor after more rights without a "
     "flush")
{
	ASSERT_TRUE(take_frames());
	ASSERT_EQ(map(WINDOW, frames[1], PAGE_KERNEL_RO), 0);
	EXPECT_EQ(write_nofault(WINDOW, 7), -EFAULT);
	EXPECT_EQ(word_at(WINDOW), 1);
	unmap(WINDOW);
	ASSERT_EQ(map(WINDOW, frames[1], PAGE_KERNEL), 0);
	EXPECT_EQ(write_nofault(WINDOW, 7), -EFAULT);
	tlb_flush_page(WINDOW);
	EXPECT_EQ(write_nofault(WINDOW, 7), 0);
	EXPECT_EQ(*(u32 *)page_to_virt(frames[1]), 7);
	unmap(WINDOW);
	tlb_flush_page(WINDOW);
	give_frames();
}

TEST("S074 the TLB holds 64 single pages: one more, and the oldest goes and is walked for again")
{
	ASSERT_TRUE(take_frames());
	for (int i = 0; i <= TLB_ENTRIES; i++)
		ASSERT_EQ(map(WINDOW + i * PAGE_SIZE, frames[i & 1], PAGE_KERNEL), 0);
	for (int i = 0; i < TLB_ENTRIES; i++)
		EXPECT_EQ(word_at(WINDOW + i * PAGE_SIZE), i & 1);
	EXPECT_TRUE(tlb_holds(WINDOW));
	EXPECT_EQ(word_at(WINDOW + TLB_ENTRIES * PAGE_SIZE), 0);
	EXPECT_FALSE(tlb_holds(WINDOW));
	EXPECT_TRUE(tlb_holds(WINDOW + PAGE_SIZE));
	EXPECT_EQ(word_at(WINDOW), 0);
	for (int i = 0; i <= TLB_ENTRIES; i++) {
		unmap(WINDOW + i * PAGE_SIZE);
		tlb_flush_page(WINDOW + i * PAGE_SIZE);
	}
	give_frames();
}

TEST("flushing everything empties the TLB, lowmem's large pages included; accesses fill it again")
{
	void *p = (void *)__get_free_page(GFP_KERNEL);

	ASSERT_TRUE(p != NULL);
	*(u32 *)p = 0x896;
	EXPECT_TRUE(tlb_holds((unsigned long)p));
	tlb_flush_all();
	EXPECT_FALSE(tlb_holds((unsigned long)p));
	EXPECT_EQ(*(volatile u32 *)p, 0x896);
	EXPECT_TRUE(tlb_holds((unsigned long)p));
	free_page((unsigned long)p);
}

// ---- Every operation and its flush: what is missed stays in the TLB, and tlb_stale() counts it --------

static struct page *pair[4];

static void map_pair(pgprot_t prot)
{
	for (int i = 0; i < 4; i++)
		pair[i] = frames[i & 1];
	ASSERT_EQ(vm_slots_map(WINDOW, pair, 4, prot), 0);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(word_at(WINDOW + i * PAGE_SIZE), i & 1);
}

TEST("S079 unmapped pages stay in the TLB until the gather is flushed, and none stays then")
{
	struct tlb_gather g;

	ASSERT_TRUE(take_frames());
	map_pair(PAGE_KERNEL);
	tlb_gather_init(&g);
	EXPECT_EQ(pt_unmap(kernel_root, WINDOW + PAGE_SIZE, 2 * PAGE_SIZE, &g), 0);
	EXPECT_EQ(tlb_stale(), 2);
	EXPECT_EQ(pt_unmap(kernel_root, WINDOW, 4 * PAGE_SIZE, &g), 0);
	EXPECT_EQ(tlb_stale(), 4);
	tlb_gather_flush(&g);
	EXPECT_EQ(tlb_stale(), 0);
	give_frames();
}

TEST("S079 rights that were taken away stay in the TLB until the gather is flushed")
{
	struct tlb_gather g;

	ASSERT_TRUE(take_frames());
	map_pair(PAGE_KERNEL);
	tlb_gather_init(&g);
	EXPECT_EQ(pt_protect(kernel_root, WINDOW, 2 * PAGE_SIZE, PAGE_KERNEL_RO, page_table_alloc,
			     &g),
		  0);
	EXPECT_EQ(tlb_stale(), 2);
	EXPECT_EQ(write_nofault(WINDOW, 0), 0); // the old right
	tlb_gather_flush(&g);
	EXPECT_EQ(tlb_stale(), 0);
	EXPECT_EQ(write_nofault(WINDOW, 0), -EFAULT);
	EXPECT_EQ(write_nofault(WINDOW + 2 * PAGE_SIZE, 0), 0);
	EXPECT_EQ(pt_unmap(kernel_root, WINDOW, 4 * PAGE_SIZE, &g), 0);
	tlb_gather_flush(&g);
	EXPECT_EQ(tlb_stale(), 0);
	give_frames();
}

TEST("S067 a large page that is split and put together again leaves nothing stale behind")
{
	const unsigned long block = __get_free_pages(GFP_KERNEL, MAX_PAGE_ORDER);

	ASSERT_TRUE(block != 0);
	*(u32 *)block = 7;
	EXPECT_EQ(set_memory_ro(block + PAGE_SIZE, 1), 0);
	EXPECT_EQ(tlb_stale(), 0);
	EXPECT_EQ(word_at(block), 7);
	EXPECT_EQ(write_nofault(block + PAGE_SIZE, 1), -EFAULT);
	EXPECT_EQ(set_memory_rw(block + PAGE_SIZE, 1), 0);
	EXPECT_EQ(tlb_stale(), 0);
	EXPECT_EQ(write_nofault(block + PAGE_SIZE, 1), 0);
	free_pages(block, MAX_PAGE_ORDER);
}

TEST("S073 a hit walks no tables: of a hundred accesses to a page the first alone does")
{
	unsigned long fills;

	ASSERT_TRUE(take_frames());
	ASSERT_EQ(map(WINDOW, frames[1], PAGE_KERNEL), 0);
	fills = tlb_fills();
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(word_at(WINDOW + i * 40), i == 0);
	EXPECT_EQ(tlb_fills(), fills + 1);
	unmap(WINDOW);
	tlb_flush_page(WINDOW);
	give_frames();
}

// Walks of the tables while one word of each page of 1 MB is read twice.
static unsigned long fills_of_two_rounds(unsigned long va)
{
	const unsigned long before = tlb_fills();

	for (int round = 0; round < 2; round++)
		for (unsigned long at = 0; at < SZ_1M; at += PAGE_SIZE)
			(void)word_at(va + at);
	return tlb_fills() - before;
}

TEST("S074 S078 1 MB in single pages is beyond the TLB's reach and is walked for each time; in a "
     "large page one walk serves all")
{
	const unsigned long block = __get_free_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	struct tlb_gather g;

	ASSERT_TRUE(block != 0);
	ASSERT_EQ(pt_map(kernel_root, WINDOW + PAGE_SIZE, __pa(block), SZ_1M, PAGE_KERNEL,
			 page_table_alloc),
		  0);
	EXPECT_EQ(fills_of_two_rounds(WINDOW + PAGE_SIZE), 2 * SZ_1M / PAGE_SIZE);
	tlb_gather_init(&g);
	EXPECT_EQ(pt_unmap(kernel_root, WINDOW + PAGE_SIZE, SZ_1M, &g), 0);
	tlb_gather_flush(&g);
	tlb_flush_page(block);
	EXPECT_EQ(fills_of_two_rounds(block), 1);
	free_pages(block, MAX_PAGE_ORDER);
}
