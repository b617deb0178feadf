// SPDX-License-Identifier: MIT
// Zones: their borders, and what each holds.
//
// What is expected is counted here from memblock, page by page; for other sizes of RAM it is
// in a table.

#include <arch/pt.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <mm/bootlog.h>
#include <mm/gfp.h>
#include <mm/memblock.h>

SUITE("zone");

static struct memblock saved;

static pfn_t ram_end(void)
{
	const struct memblock_range *r;
	phys_addr_t end = PHYS_OFFSET;

	for (int i = 0; (r = memblock_ram(i)) != NULL; i++)
		end = max(end, r->end);
	return PFN_DOWN(end);
}

// How many frames of [start, end) the two lists of ranges share; other NULL: the first list alone.
static unsigned long frames(const struct memblock_list *list, const struct memblock_list *other,
			    pfn_t start, pfn_t end)
{
	unsigned long n = 0;

	for (int i = 0; i < list->count; i++) {
		const pfn_t from = max(start, PFN_DOWN(list->r[i].start));
		const pfn_t to = min(end, PFN_DOWN(list->r[i].end));

		if (from < to)
			n += other ? frames(other, NULL, from, to) : to - from;
	}
	return n;
}

// The borders for the RAM there is: 16 MB and, with the 3G/1G split, 896 MB.
#define LOWMEM_PAGES (LOWMEM_MAX_SIZE >> PAGE_SHIFT)
_Static_assert(PAGE_OFFSET != 0xc0000000UL || LOWMEM_PAGES == (CONFIG_KASAN ? 768 : 896) * 256,
	       "3G/1G has 896 MB of lowmem, or 768 MB and the shadow of KASAN");

static pfn_t expected_border(int i)
{
	const pfn_t start = PFN_DOWN(PHYS_OFFSET), end = ram_end();

	switch (i) {
	case ZONE_DMA: return start;
	case ZONE_NORMAL: return min(start + 4096, end);
	case ZONE_HIGHMEM: return min(start + LOWMEM_PAGES, end);
	default: return end;
	}
}

static void expect_zone(int i)
{
	const struct zone *zone = &zones[i];
	const pfn_t start = zone->zone_start_pfn, end = start + zone->spanned_pages;
	const unsigned long present = frames(&memblock.ram, NULL, start, end);

	// Where RAM ends inside lowmem and goes on above, ZONE_HIGHMEM spans the hole.
	if (start != expected_border(i))
		EXPECT_EQ(frames(&memblock.ram, NULL, start, expected_border(i)), 0);
	EXPECT_EQ(end, expected_border(i + 1));
	EXPECT_EQ(zone->present_pages, present);
	EXPECT_EQ(zone->managed_pages,
		  present - frames(&memblock.ram, &memblock.reserved, start, end));
	EXPECT_LE(zone_free_pages(zone), zone->managed_pages);
}

TEST("S082 ZONE_DMA is the first 16 MB of RAM")
{
	EXPECT_EQ(zones[ZONE_DMA].zone_start_pfn, PFN_DOWN(PHYS_OFFSET));
	EXPECT_EQ(zones[ZONE_DMA].spanned_pages, 16 * SZ_1M / PAGE_SIZE);
	EXPECT_STREQ(zones[ZONE_DMA].name, "DMA");
	expect_zone(ZONE_DMA);
}

TEST("S083 ZONE_NORMAL is RAM from 16 MB to the end of lowmem, 896 MB")
{
	EXPECT_EQ(zones[ZONE_NORMAL].zone_start_pfn, PFN_DOWN(PHYS_OFFSET + 16 * SZ_1M));
	EXPECT_LE(zones[ZONE_NORMAL].spanned_pages, LOWMEM_PAGES - 4096);
	EXPECT_STREQ(zones[ZONE_NORMAL].name, "Normal");
	expect_zone(ZONE_NORMAL);
}

TEST("S084 ZONE_HIGHMEM is RAM from the end of lowmem on, 896 MB")
{
	EXPECT_STREQ(zones[ZONE_HIGHMEM].name, "HighMem");
	EXPECT_EQ(populated_zone(&zones[ZONE_HIGHMEM]),
		  frames(&memblock.ram, NULL, PFN_DOWN(PHYS_OFFSET) + LOWMEM_PAGES, ram_end()) !=
			  0);
	expect_zone(ZONE_HIGHMEM);
}

TEST("S088 W07 a frame that is no RAM, as of device registers, has no struct page and no zone")
{
	EXPECT_FALSE(pfn_valid(ram_end()));
	EXPECT_FALSE(page_initialised(ram_end()));
	EXPECT_FALSE(pfn_valid(~0UL));
	EXPECT_FALSE(page_initialised(min_low_pfn - 1));
	for (int i = 0; memblock_ram(i + 1); i++) {
		EXPECT_FALSE(pfn_valid(PFN_DOWN(memblock_ram(i)->end)));
		EXPECT_FALSE(pfn_valid(PFN_DOWN(memblock_ram(i + 1)->start) - 1));
	}
}

TEST("S089 the zones follow each other without gap, and every struct page names its own")
{
	unsigned long wrong = 0, seen = 0;

	for (int i = 0; i + 1 < MAX_NR_ZONES; i++)
		EXPECT_EQ(zones[i].zone_start_pfn + zones[i].spanned_pages,
			  zones[i + 1].zone_start_pfn);
	for (pfn_t pfn = min_low_pfn; pfn < max_pfn; pfn += 64) { // blocks have 1,024
		const struct zone *zone;

		if (!page_initialised(pfn) || !pfn_valid(pfn))
			continue;
		zone = page_zone(pfn_to_page(pfn));
		wrong += pfn < zone->zone_start_pfn ||
			 pfn >= zone->zone_start_pfn + zone->spanned_pages;
		seen++;
	}
	EXPECT_EQ(wrong, 0);
	EXPECT_GT(seen, 0);
}

TEST("S090 the zones span what memblock's RAM says, on this machine")
{
	unsigned long present = 0;

	for (int i = 0; i < MAX_NR_ZONES; i++) {
		expect_zone(i);
		present += zones[i].present_pages;
	}
	EXPECT_EQ(present, (unsigned long)(memblock_ram_size() >> PAGE_SHIFT));
	EXPECT_EQ(max_pfn, ram_end());
}

struct spans {
	u64 megabytes;
	unsigned long spanned[MAX_NR_ZONES];
};
static const struct spans spans_3g[] = {
	{ 8, { 2048, 0, 0 } },
	{ 16, { 4096, 0, 0 } },
	{ 32, { 4096, 4096, 0 } },
	{ 128, { 4096, 28672, 0 } },
	{ 512, { 4096, 126976, 0 } },
	{ 896, { 4096, 225280, 0 } },
	{ 897, { 4096, 225280, 256 } },
	{ 1024, { 4096, 225280, 32768 } },
	{ 2048, { 4096, 225280, 294912 } },
	{ 3072, { 4096, 225280, 557056 } },
	{ 4096, { 4096, 225280, 819200 } },
};
static const struct spans spans_2g[] = {
	{ 512, { 4096, 126976, 0 } },    { 896, { 4096, 225280, 0 } },
	{ 1024, { 4096, 258048, 0 } },   { 1920, { 4096, 487424, 0 } },
	{ 1921, { 4096, 487424, 256 } }, { 3072, { 4096, 487424, 294912 } },
};

TEST("S090 512 MB are 4,096 / 126,976 / 0 pages in the three zones; other sizes by the same rule")
{
	const bool split_3g = PAGE_OFFSET == 0xc0000000;
	const struct spans *machines = split_3g ? spans_3g : spans_2g;
	const size_t count = split_3g ? ARRAY_SIZE(spans_3g) : ARRAY_SIZE(spans_2g);
	pfn_t border[MAX_NR_ZONES + 1];

	saved = memblock;
	for (size_t m = 0; m < count; m++) {
		const u64 size = machines[m].megabytes * SZ_1M;

		if (PHYS_OFFSET + size >= BIT_ULL(PHYS_BITS) ||
		    (CONFIG_KASAN && size > LOWMEM_MAX_SIZE)) // part of it is the shadow's
			continue;
		memset(&memblock, 0, sizeof(memblock));
		memblock_add(PHYS_OFFSET, size);
		zone_borders(border);
		EXPECT_EQ(border[0], PFN_DOWN(PHYS_OFFSET));
		for (int i = 0; i < MAX_NR_ZONES; i++)
			EXPECT_EQ(border[i + 1] - border[i], machines[m].spanned[i]);
	}
	memblock = saved;
}

struct zone_lines {
	char wanted[MAX_NR_ZONES][96];
	int found[MAX_NR_ZONES], lines;
};

static void look_for_zones(const char *text, void *arg)
{
	struct zone_lines *z = arg;

	z->lines++;
	for (int i = 0; i < MAX_NR_ZONES; i++)
		z->found[i] += strcmp(text, z->wanted[i]) == 0;
}

TEST("S091 the boot log's lines DMA, Normal and HighMem [mem ...] are the zones' real borders")
{
	static struct zone_lines z;

	memset(&z, 0, sizeof(z));
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		const struct zone *zone = &zones[i];
		const u64 start = PFN_PHYS(zone->zone_start_pfn);
		const u64 end = PFN_PHYS(zone->zone_start_pfn + zone->spanned_pages);

		if (start == end)
			snprintf(z.wanted[i], sizeof(z.wanted[i]), "  %-8s empty", zone->name);
		else
			snprintf(z.wanted[i], sizeof(z.wanted[i]),
				 "  %-8s [mem %#018llx-%#018llx] %lu pages", zone->name, start,
				 end - 1, zone->spanned_pages);
	}
	bootlog_zones(look_for_zones, &z);
	EXPECT_EQ(z.lines, 1 + MAX_NR_ZONES);
	for (int i = 0; i < MAX_NR_ZONES; i++)
		EXPECT_EQ(z.found[i], 1);
}

TEST("S095 ZONE_HIGHMEM reaches to the end of RAM, beyond 4 GB too")
{
	const struct zone *high = &zones[ZONE_HIGHMEM];
	unsigned long beyond;

	EXPECT_EQ(high->zone_start_pfn + high->spanned_pages, ram_end());
	beyond = frames(&memblock.ram, NULL, 1UL << (32 - PAGE_SHIFT), ram_end());
	EXPECT_LE(beyond, high->present_pages);
	if (high->present_pages == 0)
		EXPECT_LE((u64)PFN_PHYS(ram_end()), (u64)PHYS_OFFSET + LOWMEM_MAX_SIZE);
}
