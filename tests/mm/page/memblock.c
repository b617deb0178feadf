// SPDX-License-Identifier: MIT
// memblock: firmware's memory maps as they really come, and the early allocator.

#include <arch/pt.h>
#include <kernel/ktest.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/memblock.h>

#include "log_watch.h"

SUITE("memblock");

static struct memblock saved;

static void start_empty(void)
{
	saved = memblock;
	memset(&memblock, 0, sizeof(memblock));
}

static void restore_memblock(void)
{
	memblock = saved;
}

// A RAM address, given relative to where RAM starts on this machine.
static u64 ram_at(u64 offset)
{
	return PHYS_OFFSET + offset;
}

static void expect_ram(int i, u64 start, u64 end)
{
	const struct memblock_range *r = memblock_ram(i);

	EXPECT_NE(r, NULL);
	if (!r)
		return;
	EXPECT_EQ((u64)r->start, ram_at(start));
	EXPECT_EQ((u64)r->end, ram_at(end));
}

TEST("S032 ranges given in any order are kept sorted")
{
	start_empty();
	memblock_add(ram_at(0x800000), 0x100000);
	memblock_add(ram_at(0x100000), 0x100000);
	memblock_add(ram_at(0x400000), 0x100000);
	expect_ram(0, 0x100000, 0x200000);
	expect_ram(1, 0x400000, 0x500000);
	expect_ram(2, 0x800000, 0x900000);
	EXPECT_EQ(memblock_ram(3), NULL);
	restore_memblock();
}

TEST("ranges that overlap or touch become one")
{
	start_empty();
	memblock_add(ram_at(0x100000), 0x200000);
	memblock_add(ram_at(0x200000), 0x200000);
	memblock_add(ram_at(0x400000), 0x100000);
	memblock_add(ram_at(0x180000), 0x1000);
	expect_ram(0, 0x100000, 0x500000);
	EXPECT_EQ(memblock_ram(1), NULL);
	EXPECT_EQ(memblock_ram_size(), 0x400000ULL);
	restore_memblock();
}

TEST("a range that spans several others swallows them")
{
	start_empty();
	for (int i = 0; i < 8; i++)
		memblock_add(ram_at(0x100000 + i * 0x20000), 0x10000);
	memblock_add(ram_at(0), 0x400000);
	expect_ram(0, 0, 0x400000);
	EXPECT_EQ(memblock_ram(1), NULL);
	restore_memblock();
}

TEST("RAM is cut to whole pages, inwards")
{
	start_empty();
	memblock_add(ram_at(0x1234), 0x3000);
	expect_ram(0, 0x2000, 0x4000);
	memblock_add(ram_at(0x10001), 0xffe);
	EXPECT_EQ(memblock_ram(1), NULL);
	restore_memblock();
}

TEST("reservations are widened to whole pages, outwards")
{
	start_empty();
	memblock_reserve(ram_at(0x1fff), 2, "two bytes");
	EXPECT_TRUE(memblock_is_reserved(ram_at(0x1000), 1));
	EXPECT_TRUE(memblock_is_reserved(ram_at(0x2fff), 1));
	EXPECT_FALSE(memblock_is_reserved(ram_at(0x3000), 1));
	EXPECT_FALSE(memblock_is_reserved(ram_at(0xfff), 1));
	restore_memblock();
}

TEST("RAM beyond what the page tables can address is clipped")
{
	start_empty();
	memblock_add(MEMBLOCK_END - 0x100000, 0x200000);
	EXPECT_EQ(memblock_ram_size(), 0x100000ULL);
	memblock_add(MEMBLOCK_END + 0x100000, 0x200000);
	EXPECT_EQ(memblock_ram_size(), 0x100000ULL);
	restore_memblock();
}

TEST("a range that runs over the end of 64 bits ends there")
{
	start_empty();
	memblock_add(ram_at(0x100000), ~0ULL);
	EXPECT_EQ(memblock_ram_size(), MEMBLOCK_END - ram_at(0x100000));
	restore_memblock();
}

TEST("mem= keeps the first bytes of RAM, over holes")
{
	start_empty();
	memblock_add(ram_at(0), 0x100000);
	memblock_add(ram_at(0x200000), 0x100000);
	memblock_add(ram_at(0x400000), 0x100000);
	memblock_limit(0x180000);
	expect_ram(0, 0, 0x100000);
	expect_ram(1, 0x200000, 0x280000);
	EXPECT_EQ(memblock_ram(2), NULL);
	restore_memblock();
}

TEST("S049 highmem=off forgets what lies above lowmem, reports it, and keeps lowmem as it is")
{
	const u64 top = LOWMEM_MAX_SIZE;

	start_empty();
	memblock_add(ram_at(0), 0x100000);
	EXPECT_EQ(memblock_drop_highmem(), 0ULL);
	expect_ram(0, 0, 0x100000);
	memblock_add(ram_at(top - 0x100000), 0x300000);
	memblock_add(ram_at(top + 0x400000), 0x100000);
	log_watch_begin();
	EXPECT_EQ(memblock_drop_highmem(), 0x300000ULL);
	EXPECT_EQ(log_seen("lies above lowmem, ignored"), 2);
	log_watch_end();
	expect_ram(0, 0, 0x100000);
	expect_ram(1, top - 0x100000, top);
	EXPECT_EQ(memblock_ram(2), NULL);
	EXPECT_EQ(memblock_lowmem_end(), PHYS_OFFSET + top);
	restore_memblock();
}

// Memory of the test's own, as the only RAM there is: memblock serves nobody once the kernel runs.
static u8 ground[16 * PAGE_SIZE] __aligned(4 * PAGE_SIZE);

static void start_with_ground(void)
{
	start_empty();
	memset(ground, 0xff, sizeof(ground));
	memblock_add(__pa(ground), sizeof(ground));
	memblock_set_current_limit(__pa(ground) + sizeof(ground));
}

TEST("the early allocator hands out neither reserved memory nor the same memory twice")
{
	phys_addr_t a, b;

	start_with_ground();
	memblock_reserve(__pa(ground) + 14 * PAGE_SIZE, PAGE_SIZE, "in the way");
	a = memblock_phys_alloc(PAGE_SIZE, PAGE_SIZE, "ktest");
	b = memblock_phys_alloc(3 * PAGE_SIZE, 4 * PAGE_SIZE, "ktest");
	EXPECT_EQ(a, __pa(ground) + 15 * PAGE_SIZE);
	EXPECT_EQ(b, __pa(ground) + 8 * PAGE_SIZE);
	EXPECT_TRUE(memblock_is_reserved(a, PAGE_SIZE));
	EXPECT_TRUE(memblock_is_reserved(b, 3 * PAGE_SIZE));
	restore_memblock();
}

TEST("the early allocator gives zeroed memory, and leaves its neighbours alone")
{
	phys_addr_t pa;

	start_with_ground();
	pa = memblock_phys_alloc(2 * PAGE_SIZE, PAGE_SIZE, "ktest");
	EXPECT_EQ(pa, __pa(ground) + 14 * PAGE_SIZE);
	EXPECT_EQ(ground[14 * PAGE_SIZE], 0);
	EXPECT_EQ(ground[16 * PAGE_SIZE - 1], 0);
	EXPECT_EQ(ground[14 * PAGE_SIZE - 1], 0xff);
	restore_memblock();
}

TEST("free memory is listed between the reservations")
{
	phys_addr_t start, end;
	u64 pos = 0;

	start_empty();
	memblock_add(ram_at(0x100000), 0x10000);
	memblock_add(ram_at(0x200000), 0x10000);
	memblock_reserve(ram_at(0x100000), 0x1000, "first");
	memblock_reserve(ram_at(0x104000), 0x2000, "middle");
	memblock_reserve(ram_at(0x10f000), 0xf2000, "over the hole");
	ASSERT_TRUE(memblock_next_free(&pos, &start, &end));
	EXPECT_EQ(start, ram_at(0x101000));
	EXPECT_EQ(end, ram_at(0x104000));
	ASSERT_TRUE(memblock_next_free(&pos, &start, &end));
	EXPECT_EQ(start, ram_at(0x106000));
	EXPECT_EQ(end, ram_at(0x10f000));
	ASSERT_TRUE(memblock_next_free(&pos, &start, &end));
	EXPECT_EQ(start, ram_at(0x201000));
	EXPECT_EQ(end, ram_at(0x210000));
	EXPECT_FALSE(memblock_next_free(&pos, &start, &end));
	restore_memblock();
}

TEST("the early allocator never hands out physical page 0, whose address would say that there is "
     "no memory")
{
	start_empty();
	// memblock_add() takes it only on machines whose RAM starts at 0.
	memblock.ram.count = 1;
	memblock.ram.r[0] = (struct memblock_range){ 0, 3 * PAGE_SIZE, "System RAM" };
	memblock_set_current_limit(3 * PAGE_SIZE);
	EXPECT_EQ(memblock_phys_alloc_raw(3 * PAGE_SIZE, PAGE_SIZE, "ktest"), 0);
	EXPECT_EQ(memblock_phys_alloc_raw(PAGE_SIZE, 4 * PAGE_SIZE, "ktest"), 0);
	EXPECT_EQ(memblock_phys_alloc_raw(PAGE_SIZE, PAGE_SIZE, "ktest"), 2 * PAGE_SIZE);
	EXPECT_EQ(memblock_phys_alloc_raw(PAGE_SIZE, PAGE_SIZE, "ktest"), PAGE_SIZE);
	EXPECT_EQ(memblock_phys_alloc_raw(PAGE_SIZE, PAGE_SIZE, "ktest"), 0);
	EXPECT_FALSE(memblock_is_reserved(0, PAGE_SIZE));
	EXPECT_EQ(memblock.reserved.count, 1);
	restore_memblock();
}

TEST("the early allocator returns 0 when no hole is large enough")
{
	start_empty();
	memblock_add(ram_at(0x100000), 0x10000);
	memblock_set_current_limit(ram_at(0x200000));
	memblock_reserve(ram_at(0x104000), 0x1000, "in the middle");
	EXPECT_EQ(memblock_phys_alloc(0xc000, PAGE_SIZE, "ktest"), 0);
	EXPECT_EQ(memblock_phys_alloc(0x20000, PAGE_SIZE, "ktest"), 0);
	restore_memblock();
}
