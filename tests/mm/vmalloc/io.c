// SPDX-License-Identifier: MIT
// The accessors of arch/io.h on ordinary memory: sizes, order of arguments, and that nothing around the
// bytes asked for is touched. What they are compiled to: the suites of each CPU.

#include <arch/io.h>
#include <kernel/ktest.h>
#include <lib/string.h>

SUITE("io");

static u8 block[32] __aligned(8);
#define BLOCK ((__force void __iomem *)block)

static void fill_io_block(void)
{
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (u8)(0x10 + i);
}

TEST("S244 ioread8, 16 and 32, readb, w and l read so many bits, the lowest byte first")
{
	fill_io_block();
	EXPECT_EQ(ioread8(BLOCK + 5), 0x15);
	EXPECT_EQ(ioread16(BLOCK + 6), 0x1716);
	EXPECT_EQ(ioread32(BLOCK + 8), 0x1b1a1918);
	EXPECT_EQ(readb(BLOCK + 5), 0x15);
	EXPECT_EQ(readw(BLOCK + 6), 0x1716);
	EXPECT_EQ(readl(BLOCK + 8), 0x1b1a1918);
	EXPECT_EQ(readb_relaxed(BLOCK + 5), 0x15);
	EXPECT_EQ(readw_relaxed(BLOCK + 6), 0x1716);
	EXPECT_EQ(readl_relaxed(BLOCK + 8), 0x1b1a1918);
}

// All of block is as fill_io_block() made it, but for n bytes at `at`, which are `value`.
static void expect_only(size_t at, size_t n, u32 value)
{
	for (size_t i = 0; i < sizeof(block); i++)
		EXPECT_EQ(block[i], (u8)(i >= at && i < at + n ? value >> 8 * (i - at) : 0x10 + i));
	fill_io_block();
}

TEST("S245 W42 iowrite8, 16 and 32, writeb, w and l: the value first, and no other byte is written")
{
	fill_io_block();
	iowrite8(0xa1, BLOCK + 3);
	expect_only(3, 1, 0xa1);
	iowrite16(0xa1a2, BLOCK + 6);
	expect_only(6, 2, 0xa1a2);
	iowrite32(0xa1a2a3a4, BLOCK + 12);
	expect_only(12, 4, 0xa1a2a3a4);
	writeb(0xb1, BLOCK + 3);
	expect_only(3, 1, 0xb1);
	writew(0xb1b2, BLOCK + 6);
	expect_only(6, 2, 0xb1b2);
	writel(0xb1b2b3b4, BLOCK + 12);
	expect_only(12, 4, 0xb1b2b3b4);
	writeb_relaxed(0xc1, BLOCK + 3);
	expect_only(3, 1, 0xc1);
	writew_relaxed(0xc1c2, BLOCK + 6);
	expect_only(6, 2, 0xc1c2);
	writel_relaxed(0xc1c2c3c4, BLOCK + 12);
	expect_only(12, 4, 0xc1c2c3c4);
}

TEST("memcpy_fromio, memcpy_toio and memset_io: any alignment and length, nothing beyond")
{
	u8 copy[sizeof(block)];

	for (size_t at = 0; at < 5; at++) {
		for (size_t n = 0; n < 10; n++) {
			fill_io_block();
			memset(copy, 0xee, sizeof(copy));
			memcpy_fromio(copy + at, BLOCK + 4, n);
			for (size_t i = 0; i < sizeof(copy); i++)
				EXPECT_EQ(copy[i], i >= at && i < at + n ? 0x14 + i - at : 0xee);
			memset(copy, 0xee, sizeof(copy));
			memcpy_toio(BLOCK + at, copy, n);
			for (size_t i = 0; i < sizeof(block); i++)
				EXPECT_EQ(block[i], i >= at && i < at + n ? 0xee : 0x10 + i);
			fill_io_block();
			memset_io(BLOCK + at, 0xa5, n);
			for (size_t i = 0; i < sizeof(block); i++)
				EXPECT_EQ(block[i], i >= at && i < at + n ? 0xa5 : 0x10 + i);
		}
	}
}

TEST("mb, rmb and wmb leave everything as it is")
{
	u32 word = 1;

	mb();
	word++;
	rmb();
	word++;
	wmb();
	EXPECT_EQ(READ_ONCE(word), 3);
}
