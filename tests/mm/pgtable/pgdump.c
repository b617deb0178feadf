// SPDX-License-Identifier: MIT
// What the kernel shows of page tables, line by line.

#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/layout.h>
#include <mm/pgtable.h>

#include "pt_pool.h"

#define VA 0xd0000000

SUITE("pgdump");

static struct {
	char text[PT_LEVELS + 4][144];
	int count;
} shown;

static void keep(const char *text, void *arg)
{
	EXPECT_EQ(arg, &shown);
	if (shown.count < ARRAY_SIZE(shown.text))
		strscpy(shown.text[shown.count], text, sizeof(shown.text[0]));
	shown.count++;
}

static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

// Shows the walk to va, and checks all of it but what its last entry says. Returns that.
static const char *walk(const pte_t *root, unsigned long va)
{
	struct pt_step steps[PT_LEVELS];
	const int n = pt_walk(root, va, steps);
	char line[144];

	shown.count = 0;
	pt_show_walk(root, va, keep, &shown);
	EXPECT_EQ(shown.count, n + 1);
	snprintf(line, sizeof(line), "Page walk of %08lx (%s, %s):", va, PT_FORMAT,
		 address_area(va));
	EXPECT_STREQ(shown.text[0], line);
	for (int i = 0; i < n; i++) {
		const int width =
			snprintf(line, sizeof(line), "  %-8s [%3lu] = %0*llx  ", pt_levels[i].name,
				 steps[i].index, (int)sizeof(pte_t) * 2, (u64)steps[i].pte);

		if (i < n - 1)
			snprintf(line + width, sizeof(line) - width, "table at %#llx",
				 (u64)pte_phys(steps[i].pte, i));
		EXPECT_EQ(strncmp(shown.text[i + 1], line, strlen(line)), 0);
	}
	return shown.text[n] + strlen(line);
}

TEST("a walk shows each level's index and entry, and of a page its size, its frame and its rights")
{
	pte_t *root = new_root();

	ASSERT_EQ(pt_map(root, VA, 0x12345000, PAGE_SIZE, PT_WRITE | PT_EXEC | PT_GLOBAL, alloc),
		  0);
	EXPECT_STREQ(walk(root, VA + 5), "4 kB at 0x12345000 rwx-g-");
	EXPECT_STREQ(walk(root, VA + PAGE_SIZE), "not present");
}

TEST("the walk to a large page ends above the last level, and shows its size")
{
	pte_t *root = new_root();
	char text[64];

	ASSERT_EQ(pt_map(root, VA, 0x20000000, large(), PT_EXEC | PT_USER, alloc), 0);
	snprintf(text, sizeof(text), "%lu MB at 0x20000000 r-xu--", large() >> 20);
	EXPECT_STREQ(walk(root, VA + large() - 1), text);
	EXPECT_EQ(shown.count, PT_LEVELS);
}

TEST("a table of mappings has a line for each run of equal pages, then one for each level")
{
	pte_t *root = new_root();
	char text[144];

	ASSERT_EQ(pt_map(root, VA + PAGE_SIZE, 0x1000, 3 * PAGE_SIZE, PT_WRITE | PT_EXEC, alloc),
		  0);
	ASSERT_EQ(pt_map(root, VA + 4 * PAGE_SIZE, 0x4000, PAGE_SIZE, PT_EXEC, alloc), 0);
	shown.count = 0;
	pt_show_runs(root, keep, &shown);
	ASSERT_EQ(shown.count, 2 + PT_LEVELS);
	snprintf(text, sizeof(text),
		 "d0001000-d0003fff       12 kB  rwx---  4 kB pages at 0x1000  %s",
		 address_area(VA + PAGE_SIZE));
	EXPECT_STREQ(shown.text[0], text);
	EXPECT_EQ(strncmp(shown.text[1],
			  "d0004000-d0004fff        4 kB  r-x---  4 kB pages at 0x4000  ", 60),
		  0);
	for (int level = 0; level < PT_LEVELS; level++) {
		snprintf(text, sizeof(text), "%s: 1 tables of %zu bytes", pt_levels[level].name,
			 pt_table_size(level));
		EXPECT_EQ(strncmp(shown.text[2 + level], text, strlen(text)), 0);
	}
	EXPECT_TRUE(ends_with(shown.text[1 + PT_LEVELS], ", 4 entries map 4 kB each"));
	snprintf(text, sizeof(text), ", 0 entries map %lu MB each", large() >> 20);
	EXPECT_TRUE(ends_with(shown.text[PT_LEVELS], text));
}
