// SPDX-License-Identifier: MIT
// The host as a machine: memory that is there and that is not, ticks, stacks.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/host/host.h>
#include <arch/trap.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <kernel/time.h>
#include <mm/fixmap.h>
#include <mm/tlb.h>

#include "window.h"

SUITE("host");

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
