// SPDX-License-Identifier: MIT
// The host's own machinery: a TLB that keeps what is stale, faults, ticks, stacks.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/host/host.h>
#include <arch/trap.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <mm/addr.h>
#include <mm/fixmap.h>
#include <mm/gfp.h>
#include <mm/kernel_map.h>

SUITE("host");

#define LAST   (PT_LEVELS - 1)
#define WINDOW (VMALLOC_START + SZ_2M) // nobody else maps there

static phys_addr_t table(size_t size)
{
	return page_table_alloc();
}

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
	return pt_map(kernel_root, va, page_to_phys(page), PAGE_SIZE, prot, table);
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
	ASSERT_EQ(pt_map(kernel_root, WINDOW, 0x1000, PAGE_SIZE, PAGE_KERNEL, table), 0);
	EXPECT_EQ(read_nofault(WINDOW, &(u32){ 0 }), -EFAULT);
	unmap(WINDOW);
	EXPECT_EQ(read_nofault(LOWMEM_END, &(u32){ 0 }), -EFAULT);
	EXPECT_EQ(read_nofault(0, &(u32){ 0 }), -EFAULT);
	EXPECT_EQ(read_nofault_u8((unsigned long)boot_stack - 1, &(u8){ 0 }), -EFAULT);
	EXPECT_EQ(write_nofault((unsigned long)_stext, 0), -EFAULT);
}

// ---- Execution ------------------------------------------------------------------------------------

static void note_sp(void *arg)
{
	*(unsigned long *)arg = current_sp();
}

TEST("S365 call_on_stack runs a function on the other stack and comes back")
{
	unsigned long sp = 0, before = current_sp(), flags = local_irq_save();

	call_on_stack(note_sp, &sp, irq_stack_top);
	local_irq_restore(flags);
	EXPECT_GE(sp, (unsigned long)irq_stack);
	EXPECT_LE(sp, (unsigned long)irq_stack_top);
	EXPECT_EQ(current_sp(), before);
}

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

static bool find_runner(unsigned long pc, void *arg)
{
	unsigned long offset, size;
	const char *name;

	if (symbol_lookup(pc, &name, &offset, &size) && strcmp(name, "ktest_run") == 0)
		*(bool *)arg = true;
	return true;
}

TEST("a stack walk reaches the test runner")
{
	bool found = false;

	stack_walk(NULL, find_runner, &found);
	EXPECT_TRUE(found);
}
