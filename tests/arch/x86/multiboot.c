// SPDX-License-Identifier: MIT
// Multiboot: what a loader may hand over, and may get wrong.

#include <boot/x86/multiboot.h>
#include <kernel/ktest.h>
#include <lib/string.h>
#include <lib/util.h>

SUITE("multiboot");

static struct {
	struct bootinfo bi;
	struct multiboot_info info;
	struct multiboot_mmap_entry map[100];
	char text[BOOT_CMDLINE_MAX + 100];
} mb;

static u32 mbi_address(const void *p)
{
	return (u32)(uintptr_t)p;
}

static void mb_start(void)
{
	memset(&mb, 0, sizeof(mb));
}

static void mb_map(int count)
{
	mb.info.flags |= MULTIBOOT_INFO_MMAP;
	mb.info.mmap_addr = mbi_address(mb.map);
	mb.info.mmap_length = count * sizeof(mb.map[0]);
	for (int i = 0; i < count; i++)
		mb.map[i] = (struct multiboot_mmap_entry){ sizeof(mb.map[0]) - sizeof(u32),
							   (u64)i << 20, SZ_1M,
							   MULTIBOOT_MEMORY_AVAILABLE };
}

static enum multiboot_result mb_parse(void)
{
	return multiboot_parse(&mb.bi, MULTIBOOT_BOOTLOADER_MAGIC, &mb.info);
}

static const char *mb_cmdline(const char *text)
{
	mb_start();
	mb.info.flags = MULTIBOOT_INFO_CMDLINE;
	mb.info.cmdline = mbi_address(text);
	EXPECT_EQ(mb_parse(), MULTIBOOT_NO_MEMORY);
	return mb.bi.cmdline;
}

TEST("with a wrong magic nothing is read, and the problem has a sentence")
{
	mb_start();
	EXPECT_EQ(multiboot_parse(&mb.bi, MULTIBOOT_HEADER_MAGIC, NULL), MULTIBOOT_BAD_MAGIC);
	EXPECT_EQ(mb.bi.ram_count, 0);
	EXPECT_NE(multiboot_problem(MULTIBOOT_BAD_MAGIC), NULL);
	EXPECT_NE(multiboot_problem(MULTIBOOT_NO_MEMORY), NULL);
	EXPECT_EQ(multiboot_problem(MULTIBOOT_OK), NULL);
}

TEST("RAM and other ranges of the map are told apart, longer entries are stepped over")
{
	const u32 longer = 2 * sizeof(mb.map[0]) - sizeof(u32);

	mb_start();
	mb_map(4);
	mb.map[0].size = longer; // so the second is not an entry
	mb.map[2].type = 2;
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	ASSERT_EQ(mb.bi.ram_count, 2);
	ASSERT_EQ(mb.bi.reserved_count, 1);
	EXPECT_EQ(mb.bi.ram[0].start, 0);
	EXPECT_EQ(mb.bi.reserved[0].start, 2 * SZ_1M);
	EXPECT_EQ(mb.bi.ram[1].start, 3 * SZ_1M);
	EXPECT_FALSE(mb.bi.ranges_cut);
}

TEST("the map ends at an entry whose size cannot be, and that is told")
{
	static const u32 sizes[] = { 0, 1, 19, 0x1000, 0xffffffff };

	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		mb_start();
		mb_map(3);
		mb.map[1].size = sizes[i];
		EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
		EXPECT_EQ(mb.bi.ram_count, 1);
		EXPECT_TRUE(mb.bi.ranges_cut);
	}
}

TEST("a length of the map beyond all memory reads no further than sense goes")
{
	mb_start();
	mb_map(2);
	mb.map[1].size = 0;
	mb.info.mmap_length = 0xffffffff;
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	EXPECT_EQ(mb.bi.ram_count, 1);
	mb_start();
	mb_map(2);
	mb.info.mmap_length = sizeof(mb.map[0]) - 1; // not even one
	EXPECT_EQ(mb_parse(), MULTIBOOT_NO_MEMORY);
}

TEST("more ranges than there is room for are counted as cut")
{
	mb_start();
	mb_map(100);
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	EXPECT_EQ(mb.bi.ram_count, BOOT_RANGES_MAX);
	EXPECT_TRUE(mb.bi.ranges_cut);
	EXPECT_FALSE(mb.bi.reserved_cut);
	mb_start();
	mb_map(100);
	for (int i = 1; i < 100; i++)
		mb.map[i].type = 2;
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	EXPECT_EQ(mb.bi.reserved_count, BOOT_RANGES_MAX);
	EXPECT_FALSE(mb.bi.ranges_cut);
	EXPECT_TRUE(mb.bi.reserved_cut);
}

TEST("a range that runs over the end of all addresses is cut there")
{
	mb_start();
	mb_map(2);
	mb.map[0].addr = ~0ULL << 20;
	mb.map[0].len = ~0ULL;
	mb.map[1].len = 0;
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	ASSERT_EQ(mb.bi.ram_count, 1);
	EXPECT_EQ(mb.bi.ram[0].start + mb.bi.ram[0].size, ~0ULL);
}

TEST("without a map, mem_lower and mem_upper tell the RAM; without those, nothing")
{
	mb_start();
	mb.info.flags = MULTIBOOT_INFO_MEMORY;
	mb.info.mem_lower = 639;
	mb.info.mem_upper = 0xffffffff;
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	ASSERT_EQ(mb.bi.ram_count, 2);
	EXPECT_EQ(mb.bi.ram[0].size, 639 * SZ_1K);
	EXPECT_EQ(mb.bi.ram[1].start, SZ_1M);
	EXPECT_EQ(mb.bi.ram[1].size, 0xffffffffULL * SZ_1K);
	mb_start();
	mb.info.mem_lower = 639; // but the flag does not say so
	EXPECT_EQ(mb_parse(), MULTIBOOT_NO_MEMORY);
}

TEST("the image's name is no part of the command line, options are")
{
	EXPECT_STREQ(mb_cmdline("build/x86/k896.elf  ktest=* quiet"), "ktest=* quiet");
	EXPECT_STREQ(mb_cmdline("k896.elf quiet"), "quiet");
	EXPECT_STREQ(mb_cmdline("/boot/k896.elf"), "");
	EXPECT_STREQ(mb_cmdline("quiet ktest=a/b"), "quiet ktest=a/b");
	EXPECT_STREQ(mb_cmdline("init=/bin/sh"), "init=/bin/sh");
	EXPECT_STREQ(mb_cmdline(""), "");
	EXPECT_STREQ(mb_cmdline("   "), "");
	mb.info.cmdline = 0;
	EXPECT_EQ(mb_parse(), MULTIBOOT_NO_MEMORY);
}

static const char *mb_cmdline_by(const char *loader, const char *text)
{
	mb_start();
	mb.info.flags = MULTIBOOT_INFO_CMDLINE | MULTIBOOT_INFO_LOADER;
	mb.info.boot_loader_name = mbi_address(loader);
	mb.info.cmdline = mbi_address(text);
	EXPECT_EQ(mb_parse(), MULTIBOOT_NO_MEMORY);
	return mb.bi.cmdline;
}

TEST("the backslashes that GRUB 2 puts before quotes and backslashes are taken away")
{
	static const char line[] = "k896.elf a=\\\"b c\\\" \\'d\\' e\\\\f \\x41 g\\";

	EXPECT_STREQ(mb_cmdline_by("GRUB 2.06", line), "a=\"b c\" 'd' e\\f \\x41 g\\");
	EXPECT_STREQ(mb_cmdline_by("qemu", line), line + sizeof("k896.elf"));
	EXPECT_STREQ(mb_cmdline(line), line + sizeof("k896.elf"));
}

TEST("a command line that is too long is cut, and that is told")
{
	mb_start();
	memset(mb.text, 'x', sizeof(mb.text) - 1);
	mb.info.flags = MULTIBOOT_INFO_CMDLINE;
	mb.info.cmdline = mbi_address(mb.text);
	mb_parse();
	EXPECT_TRUE(mb.bi.cmdline_cut);
	EXPECT_EQ(strlen(mb.bi.cmdline), BOOT_CMDLINE_MAX - 1);
	mb.text[BOOT_CMDLINE_MAX - 1] = '\0';
	mb_parse();
	EXPECT_FALSE(mb.bi.cmdline_cut);
	EXPECT_EQ(strlen(mb.bi.cmdline), BOOT_CMDLINE_MAX - 1);
}

TEST("the loader's name is told, and cut when it is too long")
{
	mb_start();
	mb_parse();
	EXPECT_STREQ(mb.bi.loader, "multiboot");
	mb.info.flags = MULTIBOOT_INFO_LOADER;
	mb.info.boot_loader_name = mbi_address("GRUB 2.06");
	mb_parse();
	EXPECT_STREQ(mb.bi.loader, "multiboot: GRUB 2.06");
	memset(mb.text, 'x', sizeof(mb.text) - 1);
	mb.info.boot_loader_name = mbi_address(mb.text);
	mb_parse();
	EXPECT_EQ(strlen(mb.bi.loader), sizeof(mb.bi.loader) - 1);
}

TEST("the first module is the initrd; one that ends before it starts has no sane size")
{
	struct multiboot_module mods[2] = { { 0x200000, 0x234567, 0, 0 },
					    { 0x300000, 0x400000, 0, 0 } };

	mb_start();
	mb.info.flags = MULTIBOOT_INFO_MODS;
	mb.info.mods_addr = mbi_address(mods);
	mb_parse();
	EXPECT_EQ(mb.bi.initrd.size, 0); // mods_count is 0
	mb.info.mods_count = 2;
	mb_parse();
	EXPECT_EQ(mb.bi.initrd.start, 0x200000);
	EXPECT_EQ(mb.bi.initrd.size, 0x34567);
	mods[0].mod_end = 0x1ff000;
	mb_parse();
	EXPECT_GT(mb.bi.initrd.size, 1ULL << 32);
	mb.info.mods_addr = 0;
	mb.bi.initrd.size = 0;
	mb_parse();
	EXPECT_EQ(mb.bi.initrd.size, 0);
}
