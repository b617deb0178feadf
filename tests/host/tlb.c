// SPDX-License-Identifier: MIT
// The host's own machinery: a TLB that keeps what is stale, faults, ticks, stacks.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/host/host.h>
#include <arch/trap.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <kernel/time.h>
#include <mm/addr.h>
#include <mm/fixmap.h>
#include <mm/gfp.h>
#include <mm/kernel_map.h>
#include <mm/set_memory.h>
#include <mm/tlb.h>
#include <mm/vmalloc.h>

SUITE("host");

#define LAST   (PT_LEVELS - 1)
#define WINDOW (VMALLOC_START + SZ_2M) // nobody else maps there

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

static int map(unsigned long va, const struct page *page, pgprot_t prot)
{
	return pt_map(kernel_root, va, page_to_phys(page), PAGE_SIZE, prot, page_table_alloc);
}

// The entry alone: the tests here flush, or do not.
static void unmap(unsigned long va)
{
	pte_set(pt_slot(kernel_root, va, NULL), 0);
}

static u32 word_at(unsigned long va)
{
	u32 word = ~0u;

	EXPECT_EQ(read_nofault(va, &word), 0);
	return word;
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

// Physical memory above 4 GB is the last part of highmem: 4 MB blocks are taken until one lies there.
static struct page *blocks[64];

static struct page *take_above_4g(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		blocks[i] = alloc_pages(GFP_HIGHUSER, MAX_PAGE_ORDER);
		if (!blocks[i] || page_to_phys(blocks[i]) >= BIT_ULL(32))
			return blocks[i];
	}
	return NULL;
}

static void give_blocks(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(blocks) && blocks[i]; i++) {
		__free_pages(blocks[i], MAX_PAGE_ORDER);
		blocks[i] = NULL;
	}
}

TEST("S004 a highmem frame, here one above 4 GB, is reached by a window and by nothing else")
{
	struct page *page = take_above_4g();
	u32 *window, word;

	ASSERT_TRUE(page != NULL);
	EXPECT_TRUE(PageHighMem(page));
	window = set_fixmap(FIX_TEST, page_to_phys(page), PAGE_KERNEL);
	*window = 0x896;
	ASSERT_EQ(map(WINDOW, page, PAGE_KERNEL_RO), 0);
	EXPECT_EQ(word_at(WINDOW), 0x896);
	clear_fixmap(FIX_TEST);
	EXPECT_EQ(read_nofault((unsigned long)window, &word), -EFAULT);
	unmap(WINDOW);
	tlb_flush_page(WINDOW);
	EXPECT_EQ(tlb_stale(), 0);
	give_blocks();
}

TEST("what the tables map to no RAM faults")
{
	ASSERT_EQ(pt_map(kernel_root, WINDOW, 0x1000, PAGE_SIZE, PAGE_KERNEL, page_table_alloc), 0);
	EXPECT_EQ(read_nofault(WINDOW, &(u32){ 0 }), -EFAULT);
	unmap(WINDOW);
	EXPECT_EQ(read_nofault(LOWMEM_END, &(u32){ 0 }), -EFAULT);
	EXPECT_EQ(read_nofault(0, &(u32){ 0 }), -EFAULT);
	EXPECT_EQ(read_nofault_u8((unsigned long)boot_stack - 1, &(u8){ 0 }), -EFAULT);
	EXPECT_EQ(write_nofault((unsigned long)_stext, 0), -EFAULT);
}

// ---- Ticks ----------------------------------------------------------------------------------------

TEST("ticks come, wait while interrupts are masked, and come when they no longer are")
{
	unsigned long flags, start = READ_ONCE(jiffies);

	while (READ_ONCE(jiffies) == start)
		cpu_wait();
	flags = local_irq_save();
	start = READ_ONCE(jiffies);
	udelay(30000);
	EXPECT_EQ(READ_ONCE(jiffies), start);
	local_irq_restore(flags);
	EXPECT_EQ(READ_ONCE(jiffies), start + 1); // the line is one bit: later ticks are lost
	EXPECT_FALSE(in_interrupt());
}

// ---- Stacks ---------------------------------------------------------------------------------------

static bool count_frame(unsigned long pc, void *arg)
{
	return ++*(int *)arg < 100000;
}

TEST("a chain of frames that runs in a circle ends the walk")
{
	const volatile unsigned long frame[2] = { (unsigned long)frame,
						  (unsigned long)count_frame + 1 };
	int frames = 0;

	stack_walk(&(struct pt_regs){ .pc = frame[1], .fp = (unsigned long)frame }, count_frame,
		   &frames);
	EXPECT_GT(frames, 2);
	EXPECT_LT(frames, 100000);
}
