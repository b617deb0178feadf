// SPDX-License-Identifier: MIT
// /proc/iomem: which addresses are RAM, which the kernel's, which a device's.

#include <arch/layout.h>
#include <kernel/ktest.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/procinfo.h>
#include <mm/resource.h>
#include <mm/slab.h>

#include "proc_text.h"

SUITE("iomem");

struct iomem_row {
	int depth;
	u64 start, end; // end is inclusive
	const char *name;
};

static u64 scan_hex(const char **s)
{
	u64 n = 0;

	for (;; ++*s) {
		const char c = **s;

		if (c >= '0' && c <= '9')
			n = n << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (c - 'a' + 10);
		else
			return n;
	}
}

// False: the line has another form.
static bool scan_iomem(const char *s, struct iomem_row *row)
{
	const char *text = skip_blanks(s);

	row->depth = (text - s) / 2;
	s = text;
	row->start = scan_hex(&text);
	if (text - s < 8 || *text++ != '-')
		return false;
	s = text;
	row->end = scan_hex(&text);
	row->name = text + 3;
	return text - s >= 8 && strncmp(text, " : ", 3) == 0;
}

static bool named(const struct iomem_row *row, const char *name)
{
	return strncmp(row->name, name, strlen(name)) == 0 && row->name[strlen(name)] == '\n';
}

TEST("S253 S335 rows ascend without overlap, and lie inside of the row that they are under")
{
	struct iomem_row above[8] = { { .end = ~0ULL } },
			 row; // above[n]: the last row of depth n - 1
	int depth = 0;

	for (const char *s = read_file(iomem_show); s; s = next_line(s)) {
		ASSERT_TRUE(scan_iomem(s, &row));
		EXPECT_LE(row.start, row.end);
		ASSERT_TRUE(row.depth <= depth && row.depth + 1 < (int)ARRAY_SIZE(above));
		EXPECT_GE(row.start, above[row.depth].start);
		EXPECT_LE(row.end, above[row.depth].end);
		// The next row of this depth begins behind this one.
		above[row.depth].start = row.end + 1;
		above[row.depth + 1] = row;
		depth = row.depth + 1;
	}
	EXPECT_GT(above[0].start, 0);
}

// The names of the rows that hold this address, outermost first.
static void iomem_at(u64 pa, struct iomem_row *outer, struct iomem_row *inner)
{
	outer->name = inner->name = "none\n";
	for (const char *s = read_file(iomem_show); s; s = next_line(s)) {
		struct iomem_row row;

		if (!scan_iomem(s, &row) || pa < row.start || pa > row.end)
			continue;
		*(row.depth == 0 ? outer : inner) = row;
	}
}

TEST("S253 code, constants, data and bss of the kernel are where it says")
{
	static const char constant[] = "read-only";
	static int data = 896;
	const struct {
		const void *va;
		const char *name;
	} at[] = {
		{ (const void *)(uintptr_t)iomem_show, "Kernel code" },
		{ constant, "Kernel rodata" },
		{ &data, "Kernel data" },
		{ file_text, "Kernel bss" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		struct iomem_row outer, inner;

		iomem_at(__pa(at[i].va), &outer, &inner);
		EXPECT_TRUE(named(&outer, "System RAM"));
		EXPECT_TRUE(named(&inner, at[i].name));
	}
}

TEST("RAM, the kernel in it and what is reserved there are busy, and no driver gets any of it")
{
	const void *const parts[] = { (const void *)(uintptr_t)iomem_show, "read-only", file_text };
	const struct memblock_range *r;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		EXPECT_TRUE(resource_at(&iomem_resource, __pa(parts[i]))->flags & IORESOURCE_BUSY);
		EXPECT_EQ(request_mem_region(__pa(parts[i]), 1, "careless"), NULL);
	}
	for (int i = 0; (r = memblock_ram(i)) != NULL; i++)
		EXPECT_EQ(request_mem_region(r->end - 1, 1, "careless"), NULL);
	for (int i = 0; (r = memblock_reserved(i)) != NULL; i++)
		if (memblock_is_ram(r->start, 1))
			EXPECT_TRUE(resource_at(&iomem_resource, r->start)->flags &
				    IORESOURCE_BUSY);
}

TEST("S178 a kmalloc's physical address lies in System RAM, and in nothing that is reserved")
{
	static const size_t sizes[] = { 8, 192, 4096, 8192, 65536 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = kmalloc(sizes[i], GFP_KERNEL);
		struct iomem_row outer, inner;

		ASSERT_NE(p, NULL);
		iomem_at(virt_to_phys(p), &outer, &inner);
		EXPECT_TRUE(named(&outer, "System RAM"));
		EXPECT_TRUE(named(&inner, "none"));
		iomem_at(virt_to_phys(p) + sizes[i] - 1, &outer, &inner);
		EXPECT_TRUE(named(&inner, "none"));
		kfree(p);
	}
}

TEST("S030 all System RAM is the RAM that the zones have")
{
	unsigned long pages = 0;
	u64 ram = 0;

	for (const char *s = read_file(iomem_show); s; s = next_line(s)) {
		struct iomem_row row;

		if (scan_iomem(s, &row) && named(&row, "System RAM"))
			ram += row.end + 1 - row.start;
	}
	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++)
		pages += zone->present_pages;
	EXPECT_EQ(ram, (u64)pages << PAGE_SHIFT);
}
