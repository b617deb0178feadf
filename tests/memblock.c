// SPDX-License-Identifier: MIT
// memblock: firmware's memory maps as they really come, and the early allocator.

#include <arch/pt.h>
#include <kernel/ktest.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/memblock.h>

SUITE("memblock");

static struct memblock saved;

static void start_empty(void)
{
	saved = memblock;
	memset(&memblock, 0, sizeof(memblock));
}

static void restore(void)
{
	memblock = saved;
}

// A RAM address, given relative to where RAM starts on this machine.
static u64 at(u64 offset)
{
	return PHYS_OFFSET + offset;
}

static void expect_ram(int i, u64 start, u64 end)
{
	const struct memblock_range *r = memblock_ram(i);

	EXPECT_NE(r, NULL);
	if (!r)
		return;
	EXPECT_EQ((u64)r->start, at(start));
	EXPECT_EQ((u64)r->end, at(end));
}

TEST("S032 ranges given in any order are kept sorted")
{
	start_empty();
	memblock_add(at(0x800000), 0x100000);
	memblock_add(at(0x100000), 0x100000);
	memblock_add(at(0x400000), 0x100000);
	expect_ram(0, 0x100000, 0x200000);
	expect_ram(1, 0x400000, 0x500000);
	expect_ram(2, 0x800000, 0x900000);
	EXPECT_EQ(memblock_ram(3), NULL);
	restore();
}

TEST("ranges that overlap or touch become one")
{
	start_empty();
	memblock_add(at(0x100000), 0x200000);
	memblock_add(at(0x200000), 0x200000);
	memblock_add(at(0x400000), 0x100000);
	memblock_add(at(0x180000), 0x1000);
	expect_ram(0, 0x100000, 0x500000);
	EXPECT_EQ(memblock_ram(1), NULL);
	EXPECT_EQ(memblock_ram_size(), 0x400000ULL);
	restore();
}

TEST("a range that spans several others swallows them")
{
	start_empty();
	for (int i = 0; i < 8; i++)
		memblock_add(at(0x100000 + i * 0x20000), 0x10000);
	memblock_add(at(0), 0x400000);
	expect_ram(0, 0, 0x400000);
	EXPECT_EQ(memblock_ram(1), NULL);
	restore();
}

TEST("RAM is cut to whole pages, inwards")
{
	start_empty();
	memblock_add(at(0x1234), 0x3000);
	expect_ram(0, 0x2000, 0x4000);
	memblock_add(at(0x10001), 0xffe);
	EXPECT_EQ(memblock_ram(1), NULL);
	restore();
}

TEST("reservations are widened to whole pages, outwards")
{
	start_empty();
	memblock_reserve(at(0x1fff), 2, "two bytes");
	EXPECT_TRUE(memblock_is_reserved(at(0x1000), 1));
	EXPECT_TRUE(memblock_is_reserved(at(0x2fff), 1));
	EXPECT_FALSE(memblock_is_reserved(at(0x3000), 1));
	EXPECT_FALSE(memblock_is_reserved(at(0xfff), 1));
	restore();
}

TEST("RAM beyond what the page tables can address is clipped")
{
	start_empty();
	memblock_add(BIT_ULL(PHYS_BITS) - 0x100000, 0x200000);
	EXPECT_EQ(memblock_ram_size(), 0x100000ULL);
	memblock_add(BIT_ULL(PHYS_BITS) + 0x100000, 0x200000);
	EXPECT_EQ(memblock_ram_size(), 0x100000ULL);
	restore();
}

TEST("a range that runs over the end of 64 bits ends there")
{
	start_empty();
	memblock_add(at(0x100000), ~0ULL);
	EXPECT_EQ(memblock_ram_size(), BIT_ULL(PHYS_BITS) - at(0x100000));
	restore();
}

TEST("mem= keeps the first bytes of RAM, over holes")
{
	start_empty();
	memblock_add(at(0), 0x100000);
	memblock_add(at(0x200000), 0x100000);
	memblock_add(at(0x400000), 0x100000);
	memblock_limit(0x180000);
	expect_ram(0, 0, 0x100000);
	expect_ram(1, 0x200000, 0x280000);
	EXPECT_EQ(memblock_ram(2), NULL);
	restore();
}

TEST("the early allocator hands out neither reserved memory nor the same memory twice")
{
	phys_addr_t a = memblock_phys_alloc(PAGE_SIZE, PAGE_SIZE, "ktest");
	phys_addr_t b = memblock_phys_alloc(3 * PAGE_SIZE, 4 * PAGE_SIZE, "ktest");

	saved = memblock;
	ASSERT_NE(a, 0);
	ASSERT_NE(b, 0);
	EXPECT_TRUE(b + 3 * PAGE_SIZE <= a || a + PAGE_SIZE <= b);
	EXPECT_TRUE(IS_ALIGNED(b, 4 * PAGE_SIZE));
	EXPECT_TRUE(memblock_is_ram(b, 3 * PAGE_SIZE));
	EXPECT_TRUE(memblock_is_reserved(a, PAGE_SIZE));
}

TEST("the early allocator gives zeroed memory in lowmem")
{
	phys_addr_t pa = memblock_phys_alloc(2 * PAGE_SIZE, PAGE_SIZE, "ktest");
	const u32 *words;

	ASSERT_NE(pa, 0);
	EXPECT_LE(pa + 2 * PAGE_SIZE, memblock_lowmem_end());
	words = __va((unsigned long)pa);
	for (size_t i = 0; i < 2 * PAGE_SIZE / sizeof(*words); i++)
		ASSERT_EQ(words[i], 0);
}

TEST("the early allocator returns 0 when no hole is large enough")
{
	start_empty();
	memblock_add(at(0x100000), 0x10000);
	memblock_set_current_limit(at(0x200000));
	memblock_reserve(at(0x104000), 0x1000, "in the middle");
	EXPECT_EQ(memblock_phys_alloc(0xc000, PAGE_SIZE, "ktest"), 0);
	EXPECT_EQ(memblock_phys_alloc(0x20000, PAGE_SIZE, "ktest"), 0);
	restore();
}
