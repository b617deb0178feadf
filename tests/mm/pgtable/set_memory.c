// SPDX-License-Identifier: MIT
// Rights of single pages of the linear map: large pages split, and come back.

#include <abi/errno.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>
#include <mm/set_memory.h>
#include <mm/slab.h>
#include <mm/tlb.h>

#include "log_watch.h"

SUITE("set_memory");

#define LAST  (PT_LEVELS - 1)
#define LARGE pt_span(LAST - 1)

// kB of lowmem in large pages: what the DirectMap line of that size says.
static bool add_large(const struct pt_run *run, void *arg)
{
	if (run->level < LAST)
		*(unsigned long *)arg += run->size / SZ_1K;
	return true;
}

static unsigned long direct_map_large(void)
{
	unsigned long kb = 0;

	pt_for_each_run(kernel_root, PAGE_OFFSET, LOWMEM_END - 1, add_large, &kb);
	return kb;
}

// A block of 4 MB: at least one large page of any format lies in it, and nobody else uses it.
static unsigned long block;

static bool take_block(void)
{
	block = __get_free_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	return block && pt_query(kernel_root, block, NULL, NULL) == LAST - 1;
}

static void give_block(void)
{
	free_pages(block, MAX_PAGE_ORDER);
}

TEST("S067 S355 one read-only page costs a large page of the linear map, and its right given back "
     "brings it back")
{
	const unsigned long before = direct_map_large();
	unsigned long page, flushes;

	ASSERT_TRUE(take_block());
	page = block + 3 * PAGE_SIZE;
	*(u32 *)page = 0x896;
	flushes = tlb_counters.nr_tlb_local_flush_all;
	ASSERT_EQ(set_memory_ro(page, 1), 0);
	// A flush of the page alone need not reach all of what the TLB had of the large one.
	EXPECT_EQ(tlb_counters.nr_tlb_local_flush_all, flushes + 1);
	EXPECT_EQ(direct_map_large(), before - LARGE / SZ_1K);
	EXPECT_EQ(*(u32 *)page, 0x896);
	EXPECT_EQ(write_nofault(page, 1), -EFAULT);
	EXPECT_EQ(write_nofault(page - 4, 1), 0);
	EXPECT_EQ(write_nofault(page + PAGE_SIZE, 1), 0);
	ASSERT_EQ(set_memory_rw(page, 1), 0);
	EXPECT_EQ(direct_map_large(), before);
	EXPECT_EQ(write_nofault(page, 2), 0);
	give_block();
}

TEST("a whole large page changes its rights without a split")
{
	const unsigned long before = direct_map_large();

	ASSERT_TRUE(take_block());
	ASSERT_EQ(set_memory_ro(block, LARGE >> PAGE_SHIFT), 0);
	EXPECT_EQ(direct_map_large(), before);
	EXPECT_EQ(write_nofault(block, 1), -EFAULT);
	EXPECT_EQ(write_nofault(block + LARGE - 4, 1), -EFAULT);
	ASSERT_EQ(set_memory_rw(block, LARGE >> PAGE_SHIFT), 0);
	EXPECT_EQ(write_nofault(block + LARGE - 4, 1), 0);
	give_block();
}

TEST("two pages split and restored in turn: the large page comes back with the second")
{
	const unsigned long before = direct_map_large();

	ASSERT_TRUE(take_block());
	ASSERT_EQ(set_memory_ro(block, 1), 0);
	ASSERT_EQ(set_memory_ro(block + 9 * PAGE_SIZE, 1), 0);
	ASSERT_EQ(set_memory_rw(block, 1), 0);
	EXPECT_EQ(direct_map_large(), before - LARGE / SZ_1K);
	ASSERT_EQ(set_memory_rw(block + 9 * PAGE_SIZE, 1), 0);
	EXPECT_EQ(direct_map_large(), before);
	give_block();
}

TEST("S011 what changes in the linear map is the same under another root")
{
	// With three levels the roots share the tables that map lowmem.
	const unsigned long own_entry = PT_LEVELS == 2;
	pte_t *root = pgd_alloc();
	unsigned long flushes;

	ASSERT_TRUE(root && take_block());
	pgd_load(root);
	*(u32 *)block = 1;
	EXPECT_EQ(set_memory_ro(block, 1), 0);
	EXPECT_EQ(write_nofault(block, 2), -EFAULT);
	pgd_load(kernel_root);
	EXPECT_EQ(write_nofault(block, 2), -EFAULT);
	flushes = tlb_counters.nr_tlb_local_flush_all;
	EXPECT_EQ(set_memory_rw(block, 1), 0);
	// The large page again; and the table, where this root has had an entry of its own for it.
	EXPECT_EQ(tlb_counters.nr_tlb_local_flush_all - flushes, 1 + own_entry);
	EXPECT_EQ(write_nofault(block, 2), 0);
	pgd_load(root);
	EXPECT_EQ(write_nofault(block, 3), 0);
	EXPECT_EQ(pgd_sync_kernel(), 0);
	pgd_load(kernel_root);
	pgd_free(root);
	give_block();
}

TEST("ranges that are not lowmem beside the kernel are refused, reported with the caller, and "
     "change nothing")
{
	const unsigned long mistakes = set_memory_mistakes, before = direct_map_large();
	unsigned long page = __get_free_page(GFP_KERNEL);

	ASSERT_TRUE(page != 0);
	log_watch_begin();
	EXPECT_EQ(set_memory_ro(page + 1, 1), -EINVAL);
	EXPECT_EQ(set_memory_ro(page, 0), -EINVAL);
	EXPECT_EQ(set_memory_ro(page, -1), -EINVAL);
	EXPECT_EQ(set_memory_ro(page, 1 << 20), -EINVAL);
	EXPECT_EQ(set_memory_rw((unsigned long)_stext, 1), -EINVAL);
	EXPECT_EQ(set_memory_ro((unsigned long)_start - PAGE_SIZE, 2), -EINVAL);
	EXPECT_EQ(set_memory_ro((unsigned long)_end - PAGE_SIZE, 2), -EINVAL);
	EXPECT_EQ(set_memory_ro((unsigned long)_start - PAGE_SIZE,
				((_end - _start) >> PAGE_SHIFT) + 2),
		  -EINVAL);
	EXPECT_EQ(set_memory_ro(VMALLOC_START, 1), -EINVAL);
	EXPECT_EQ(set_memory_ro(PAGE_SIZE, 1), -EINVAL);
	log_watch_end();
	EXPECT_EQ(set_memory_mistakes, mistakes + 10);
	EXPECT_EQ(log_seen("BUG: set_memory_r"), 10);
	EXPECT_EQ(log_seen(" by ktest_"), 10);
	EXPECT_EQ(direct_map_large(), before);
	EXPECT_EQ(write_nofault(page, 1), 0);
	free_page(page);
}

// Makes a hole of one page in what is known of RAM.
static void cut_hole(phys_addr_t hole)
{
	struct memblock_list *ram = &memblock.ram;
	int i = 0;

	while (ram->r[i].end <= hole)
		i++;
	memmove(&ram->r[i + 1], &ram->r[i], (ram->count - i) * sizeof(ram->r[0]));
	ram->count++;
	ram->r[i].end = hole;
	ram->r[i + 1].start = hole + PAGE_SIZE;
}

TEST("a range with a hole of RAM in its midst is refused as a whole")
{
	static struct memblock saved;
	const unsigned long mistakes = set_memory_mistakes;
	pgprot_t prot;

	ASSERT_TRUE(take_block());
	saved = memblock;
	ASSERT_TRUE(memblock.ram.count < MEMBLOCK_RANGES);
	cut_hole(__pa(block + PAGE_SIZE));
	log_watch_begin();
	EXPECT_EQ(set_memory_ro(block, 3), -EINVAL);
	EXPECT_EQ(log_seen("no pages of lowmem beside the kernel"), 1);
	EXPECT_EQ(set_memory_ro(block + PAGE_SIZE, 1), -EINVAL);
	log_watch_end();
	memblock = saved;
	EXPECT_EQ(set_memory_mistakes, mistakes + 2);
	for (int i = 0; i < 3; i++) {
		EXPECT_GE(pt_query(kernel_root, block + i * PAGE_SIZE, NULL, &prot), 0);
		EXPECT_TRUE(prot & PT_WRITE);
	}
	EXPECT_EQ(set_memory_ro(block, 3), 0); // without the hole it is not refused
	EXPECT_EQ(set_memory_rw(block, 3), 0);
	give_block();
}
