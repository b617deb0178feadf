// SPDX-License-Identifier: MIT
// The resource tree: claims, conflicts, nesting, and wrong calls. What the machine's own tree says:
// tests/mm/proc/iomem.c.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/fault_inject.h>
#include <mm/memblock.h>
#include <mm/procinfo.h>
#include <mm/resource.h>
#include <mm/slab.h>

#include "log_watch.h"
#include "random.h"

SUITE("resource");

// A hole that the tests fill: nobody else knows this tree.
static struct resource root = {
	.start = 0x1000, .end = 0x1fff, .name = "test", .flags = IORESOURCE_MEM
};

static char text[1024];

static void append_row(const char *line, void *arg)
{
	const size_t n = strlen(text);

	snprintf(text + n, sizeof(text) - n, "%s\n", line);
}

static const char *list_resources(const struct resource *r)
{
	text[0] = '\0';
	resource_show(r, append_row, NULL);
	return text;
}

TEST("S240 a claim is listed, a second one that overlaps it in any way is NULL, and a free one is "
     "not")
{
	static const struct {
		resource_size_t start, n;
	} overlaps[] = { { 0x1100, 0x100 }, { 0x1000, 0x101 }, { 0x11ff, 1 },
			 { 0x1180, 0x10 },  { 0x1000, 0x400 }, { 0x11ff, 0xe00 } };

	ASSERT_NE(__request_region(&root, 0x1100, 0x100, "first"), NULL);
	for (size_t i = 0; i < ARRAY_SIZE(overlaps); i++)
		EXPECT_EQ(__request_region(&root, overlaps[i].start, overlaps[i].n, "no"), NULL);
	ASSERT_NE(__request_region(&root, 0x1200, 0x80, "behind"), NULL);
	ASSERT_NE(__request_region(&root, 0x1080, 0x80, "before"), NULL);
	EXPECT_STREQ(list_resources(&root),
		     "1080-10ff : before\n1100-11ff : first\n1200-127f : behind\n");
	__release_region(&root, 0x1100, 0x100);
	EXPECT_STREQ(list_resources(&root), "1080-10ff : before\n1200-127f : behind\n");
	ASSERT_NE(__request_region(&root, 0x1100, 0x100, "again"), NULL);
	__release_region(&root, 0x1100, 0x100);
	__release_region(&root, 0x1080, 0x80);
	__release_region(&root, 0x1200, 0x80);
	EXPECT_EQ(root.child, NULL);
}

TEST("S240 the borders: the first and the last byte of all can be had, one beyond cannot")
{
	ASSERT_NE(__request_region(&root, 0x1000, 1, "first"), NULL);
	ASSERT_NE(__request_region(&root, 0x1fff, 1, "last"), NULL);
	EXPECT_EQ(__request_region(&root, 0xfff, 1, "below"), NULL);
	EXPECT_EQ(__request_region(&root, 0x2000, 1, "above"), NULL);
	EXPECT_EQ(__request_region(&root, 0x1800, 0x1000, "sticks out"), NULL);
	__release_region(&root, 0x1000, 1);
	__release_region(&root, 0x1fff, 1);
	EXPECT_EQ(root.child, NULL);
}

TEST("S240 a driver claims inside of its device, which is not busy, and nobody inside of the "
     "driver's")
{
	struct resource device = { .start = 0x1400, .end = 0x14ff, .name = "device" };

	ASSERT_EQ(insert_resource(&root, &device), 0);
	ASSERT_NE(__request_region(&root, 0x1410, 0x10, "driver"), NULL);
	EXPECT_EQ(__request_region(&root, 0x1418, 4, "other"), NULL);
	EXPECT_EQ(__request_region(&root, 0x1400, 0x200, "over the border"), NULL);
	EXPECT_STREQ(list_resources(&root), "1400-14ff : device\n  1410-141f : driver\n");
	EXPECT_EQ(release_resource(&device), -EBUSY);
	__release_region(&root, 0x1410, 0x10);
	EXPECT_EQ(release_resource(&device), 0);
	EXPECT_EQ(release_resource(&device), -EINVAL);
	EXPECT_EQ(root.child, NULL);
}

TEST("insert_resource goes as deep as it fits, and around what it holds, which remove_resource "
     "leaves; a part of another is -EBUSY")
{
	struct resource bus = { .start = 0x1200, .end = 0x15ff, .name = "bus" };
	struct resource a = { .start = 0x1200, .end = 0x12ff, .name = "a" };
	struct resource b = { .start = 0x1500, .end = 0x15ff, .name = "b" };
	struct resource c = { .start = 0x1280, .end = 0x133f, .name = "c" };
	struct resource twin = { .start = 0x1200, .end = 0x12ff, .name = "twin" };

	ASSERT_EQ(request_resource(&root, &a), 0);
	ASSERT_EQ(request_resource(&root, &b), 0);
	EXPECT_EQ(request_resource(&root, &c), -EBUSY);
	EXPECT_EQ(insert_resource(&root, &c), -EBUSY);
	ASSERT_EQ(insert_resource(&root, &bus), 0);
	EXPECT_EQ(insert_resource(&root, &c), -EBUSY);
	ASSERT_EQ(insert_resource(&root, &twin), 0);
	EXPECT_STREQ(list_resources(&root),
		     "1200-15ff : bus\n  1200-12ff : twin\n    1200-12ff : a\n"
		     "  1500-15ff : b\n");
	EXPECT_EQ(resource_at(&root, 0x1210), &a);
	EXPECT_EQ(resource_at(&root, 0x1400), &bus);
	EXPECT_EQ(resource_at(&root, 0x1600), NULL);
	EXPECT_EQ(release_resource(&bus), -EBUSY);
	EXPECT_EQ(remove_resource(&bus), 0);
	EXPECT_EQ(remove_resource(&bus), -EINVAL);
	EXPECT_EQ(remove_resource(&twin), 0);
	EXPECT_STREQ(list_resources(&root), "1200-12ff : a\n1500-15ff : b\n");
	EXPECT_EQ(release_resource(&a), 0);
	EXPECT_EQ(release_resource(&b), 0);
	EXPECT_EQ(root.child, NULL);
	b.start = 0x1601;
	b.end = 0x1600;
	EXPECT_EQ(request_resource(&root, &b), -EBUSY);
}

TEST("S234 S235 S238 ports: request_region and release_region, a row of four digits in ioports")
{
	ASSERT_NE(request_region(0xe896, 8, "test ports"), NULL);
	EXPECT_EQ(request_region(0xe890, 7, "other"), NULL);
	EXPECT_NE(strstr(list_resources(&ioport_resource), "e896-e89d : test ports\n"), NULL);
	release_region(0xe896, 8);
	EXPECT_EQ(strstr(list_resources(&ioport_resource), "test ports"), NULL);
	EXPECT_EQ(request_region(0xffff, 2, "beyond"), NULL);
}

TEST("S240 S241 RAM belongs to the kernel: no driver gets a byte of it, nor can it be released")
{
	const struct memblock_range *ram = memblock_ram(0);
	const unsigned long mistakes = resource_mistakes;

	EXPECT_EQ(request_mem_region(ram->start, 0x1000, "no"), NULL);
	EXPECT_EQ(request_mem_region(ram->end - 1, 1, "no"), NULL);
	EXPECT_EQ(request_mem_region(ram->end - 1, 2, "no"), NULL);
	log_watch_begin();
	release_mem_region(ram->start, ram->end - ram->start);
	log_watch_end();
	EXPECT_EQ(resource_mistakes, mistakes + 1);
	EXPECT_EQ(log_seen("Trying to free nonexistent resource <"), 1);
	EXPECT_NE(resource_at(&iomem_resource, ram->start), NULL);
}

TEST("S241 release of what nobody holds, or only in part: reported with the caller, nothing is "
     "harmed")
{
	struct resource device = { .start = 0x1400, .end = 0x14ff, .name = "device" };
	const unsigned long mistakes = resource_mistakes;

	ASSERT_EQ(insert_resource(&root, &device), 0);
	ASSERT_NE(__request_region(&root, 0x1400, 0x80, "driver"), NULL);
	log_watch_begin();
	__release_region(&root, 0x1400, 0x100);
	__release_region(&root, 0x1400, 0x7f);
	__release_region(&root, 0x1410, 0x70);
	__release_region(&root, 0x1000, 0x10);
	__release_region(&root, 0x13ff, 0x81);
	log_watch_end();
	EXPECT_EQ(resource_mistakes, mistakes + 5);
	EXPECT_EQ(
		log_seen("Trying to free nonexistent resource <0000000000001400-000000000000147e>, "
			 "called by ktest_"),
		1);
	EXPECT_STREQ(list_resources(&root), "1400-14ff : device\n  1400-147f : driver\n");
	__release_region(&root, 0x1400, 0x80);
	EXPECT_EQ(release_resource(&device), 0);
}

TEST("S241 what was put inside of a claim outlives it: it stays listed, and can be taken out")
{
	struct resource a = { .start = 0x1410, .end = 0x141f, .name = "a" };
	struct resource b = { .start = 0x1480, .end = 0x14ff, .name = "b" };

	ASSERT_NE(__request_region(&root, 0x1400, 0x100, "driver"), NULL);
	ASSERT_NE(__request_region(&root, 0x1500, 0x100, "next"), NULL);
	ASSERT_EQ(insert_resource(&root, &b), 0);
	ASSERT_EQ(insert_resource(&root, &a), 0);
	EXPECT_STREQ(list_resources(&root), "1400-14ff : driver\n  1410-141f : a\n  1480-14ff : b\n"
					    "1500-15ff : next\n");
	__release_region(&root, 0x1400, 0x100);
	EXPECT_STREQ(list_resources(&root), "1410-141f : a\n1480-14ff : b\n1500-15ff : next\n");
	EXPECT_EQ(release_resource(&a), 0);
	EXPECT_EQ(release_resource(&b), 0);
	__release_region(&root, 0x1500, 0x100);
	EXPECT_EQ(root.child, NULL);
}

TEST("a range of length 0, or one that overflows: NULL, reported with the caller; none is released")
{
	const unsigned long mistakes = resource_mistakes;

	log_watch_begin();
	EXPECT_EQ(__request_region(&root, 0x1000, 0, "empty"), NULL);
	EXPECT_EQ(__request_region(&root, 0x1000, ~(resource_size_t)0, "overflows"), NULL);
	__release_region(&root, 0x1000, 0);
	__release_region(&root, 0x1000, ~(resource_size_t)0);
	log_watch_end();
	EXPECT_EQ(resource_mistakes, mistakes + 4);
	EXPECT_EQ(log_seen("request_region: [mem 0x1000, size 0x0] is empty, called by ktest_"), 1);
	EXPECT_EQ(log_seen(" overflows, called by ktest_"), 2);
	EXPECT_EQ(root.child, NULL);
}

TEST("without memory there is no new resource")
{
	fail_nth(1);
	EXPECT_EQ(resource_alloc(0x1100, 0x11ff, "none", IORESOURCE_MEM), NULL);
	EXPECT_TRUE(fail_nth_done());
	fail_nth(0);
}

TEST("without memory for it a claim is NULL, and the range stays free")
{
	fail_nth(1);
	EXPECT_EQ(__request_region(&root, 0x1100, 0x100, "first"), NULL);
	EXPECT_TRUE(fail_nth_done());
	fail_nth(0);
	EXPECT_EQ(root.child, NULL);
	ASSERT_NE(__request_region(&root, 0x1100, 0x100, "second"), NULL);
	__release_region(&root, 0x1100, 0x100);
}

#define CELLS 64

TEST("after each of 3,000 random claims and releases the tree is what a table of its bytes says")
{
	static u8 owner[CELLS]; // which claim has it; 0: none
	static u8 start[CELLS + 1], size[CELLS + 1];
	u32 seed = 896;
	int claims = 0;

	for (int i = 0; i < 3000; i++) {
		const u32 r = random_u32(&seed);
		const int who = 1 + (r >> 8) % CELLS;

		if (size[who]) {
			__release_region(&root, 0x1000 + start[who], size[who]);
			memset(owner + start[who], 0, size[who]);
			size[who] = 0;
			continue;
		}
		start[who] = (r >> 16) % CELLS;
		const int n = 1 + (r >> 24) % min(8, CELLS - start[who]);
		bool free = true;

		for (int c = start[who]; c < start[who] + n; c++)
			free &= owner[c] == 0;
		ASSERT_EQ(__request_region(&root, 0x1000 + start[who], n, "x") != NULL, free);
		if (!free)
			continue;
		size[who] = n;
		memset(owner + start[who], who, n);
		claims++;
	}
	EXPECT_GT(claims, 500);
	for (int who = 1; who <= CELLS; who++)
		if (size[who])
			__release_region(&root, 0x1000 + start[who], size[who]);
	EXPECT_EQ(root.child, NULL);
}
