// SPDX-License-Identifier: MIT
// What the kernel tells of zones, free blocks and slabs, and at start-up: the formats are Linux's, and
// every number is true. (tests/mm/proc/meminfo.c, tests/mm/proc/iomem.c and tests/mm/page/page_show.c have the rest.)
//
// The tests read the text as a program would, and hold it against what the allocators know.

#include <arch/layout.h>
#include <kernel/ktest.h>
#include <kernel/proc.h>
#include <kernel/sections.h>
#include <lib/format.h>
#include <mm/bootlog.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/procinfo.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "proc_text.h"

SUITE("procinfo");

// ---- /proc/buddyinfo ----------------------------------------------------------------------------

// The columns of one row; moves *s behind it.
static void scan_row(const char **s, long blocks[NR_PAGE_ORDERS])
{
	*s += strlen("Node 0, zone ") + 8;
	for (int order = 0; order < NR_PAGE_ORDERS; order++)
		blocks[order] = scan(s);
}

static const char *buddyinfo_row(const struct zone *zone, long blocks[NR_PAGE_ORDERS])
{
	char start[40];
	const char *s;

	snprintf(start, sizeof(start), "Node 0, zone %8s ", zone->name);
	s = strstr(read_file(buddyinfo_show), start);
	if (s) {
		const char *row = s;

		scan_row(&s, blocks);
		return row;
	}
	return NULL;
}

TEST("S142 S336 buddyinfo: rows and columns stand where Linux puts them")
{
	for (const char *s = read_file(buddyinfo_show); s; s = next_line(s)) {
		const char *end = strchr(s, '\n');

		ASSERT_NE(end, NULL);
		EXPECT_EQ(strncmp(s, "Node 0, zone ", 13), 0);
		EXPECT_NE(s[20], ' '); // the name ends in column 21
		EXPECT_EQ(s[21], ' ');
		EXPECT_EQ(end - s, 22 + 7 * NR_PAGE_ORDERS);
		for (const char *p = s + 22; p < end; p += 7) {
			EXPECT_TRUE(p[5] >= '0' && p[5] <= '9');
			EXPECT_EQ(p[6], ' ');
		}
	}
}

TEST("S141 S143 W57 buddyinfo: a column counts blocks: times 2^order they are the free pages")
{
	drain_all_pages();
	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
		long blocks[NR_PAGE_ORDERS];
		unsigned long pages = 0;

		if (!buddyinfo_row(zone, blocks)) {
			EXPECT_EQ(zone->present_pages, 0);
			continue;
		}
		EXPECT_NE(zone->present_pages, 0);
		for (int order = 0; order < NR_PAGE_ORDERS; order++)
			pages += (unsigned long)blocks[order] << order;
		EXPECT_EQ(pages, zone_free_pages(zone));
	}
}

TEST("W57 buddyinfo: a 4 MB block taken is one less in the last column, touched before or not")
{
	long before[MAX_NR_ZONES][NR_PAGE_ORDERS], taken[NR_PAGE_ORDERS], after[NR_PAGE_ORDERS];
	struct page *page;
	long *was;

	drain_all_pages();
	for (int i = 0; i < MAX_NR_ZONES; i++)
		buddyinfo_row(&zones[i], before[i]);
	page = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	ASSERT_NE(page, NULL);
	was = before[page_zonenum(page)];
	ASSERT_NE(buddyinfo_row(page_zone(page), taken), NULL);
	__free_pages(page, MAX_PAGE_ORDER);
	ASSERT_NE(buddyinfo_row(page_zone(page), after), NULL);
	for (int order = 0; order < NR_PAGE_ORDERS; order++) {
		EXPECT_EQ(taken[order], was[order] - (order == MAX_PAGE_ORDER));
		EXPECT_EQ(after[order], was[order]);
	}
}

// ---- /proc/zoneinfo -----------------------------------------------------------------------------

// Where a zone's part of the file starts.
static const char *zone_part(const struct zone *zone)
{
	char start[40];

	snprintf(start, sizeof(start), "Node 0, zone %8s\n", zone->name);
	return strstr(read_file(zoneinfo_show), start);
}

// Pages that the lists at hand may hold: those of larger blocks count each of their pages.
static unsigned long pages_at_hand_most(const struct zone *zone)
{
	unsigned long pages = 0;

	for (int order = 0; order < PCP_ORDERS; order++)
		pages += zone->pcp[order].high * (1UL << order);
	return pages;
}

TEST("S091 zoneinfo: the numbers of every zone are the zone's own")
{
	char text[80];

	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
		const char *s = zone_part(zone);

		ASSERT_NE(s, NULL);
		EXPECT_EQ(number(s, "\n  pages free     "), zone->free_pages);
		EXPECT_EQ(number(s, "\n        min      "), zone->_watermark[WMARK_MIN]);
		EXPECT_EQ(number(s, "\n        low      "), zone->_watermark[WMARK_LOW]);
		EXPECT_EQ(number(s, "\n        high     "), zone->_watermark[WMARK_HIGH]);
		EXPECT_EQ(number(s, "\n        spanned  "), zone->spanned_pages);
		EXPECT_EQ(number(s, "\n        present  "), zone->present_pages);
		EXPECT_EQ(number(s, "\n        managed  "), zone->managed_pages);
		snprintf(text, sizeof(text), "\n        protection: (%lu, %lu, %lu)\n",
			 zone->lowmem_reserve[ZONE_DMA], zone->lowmem_reserve[ZONE_NORMAL],
			 zone->lowmem_reserve[ZONE_HIGHMEM]);
		EXPECT_NE(strstr(s, text), NULL);
		if (zone->present_pages == 0)
			continue;
		EXPECT_EQ(number(s, "\n              high:  "), pages_at_hand_most(zone));
		EXPECT_EQ(number(s, "\n              batch: "), zone->pcp[0].batch);
		EXPECT_EQ(number(s, "\n      nr_free_pages "), zone->free_pages);
		EXPECT_EQ(number(s, "\n  start_pfn:           "), zone->zone_start_pfn);
	}
}

TEST("S091 zoneinfo: managed is at most present, present at most spanned; the watermarks ascend")
{
	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
		const char *s = zone_part(zone);

		EXPECT_LE(number(s, "managed  "), number(s, "present  "));
		EXPECT_LE(number(s, "present  "), number(s, "spanned  "));
		EXPECT_LE(number(s, "min      "), number(s, "low      "));
		EXPECT_LE(number(s, "low      "), number(s, "\n        high     "));
	}
}

TEST("S090 zoneinfo: 4,096 pages are DMA, up to 896 MB is Normal (126,976 of 512 MB), HighMem the "
     "rest")
{
	const long all = max_pfn - min_low_pfn,
		   low = min(all, (long)(LOWMEM_MAX_SIZE >> PAGE_SHIFT));

	EXPECT_EQ(number(zone_part(&zones[ZONE_DMA]), "spanned  "), 4096);
	EXPECT_EQ(number(zone_part(&zones[ZONE_NORMAL]), "spanned  "), low - 4096);
	EXPECT_EQ(number(zone_part(&zones[ZONE_HIGHMEM]), "spanned  "), all - low);
	if (all == 512L << (20 - PAGE_SHIFT))
		EXPECT_EQ(number(zone_part(&zones[ZONE_NORMAL]), "spanned  "), 126976);
}

TEST("S145 zoneinfo: a page that was freed is counted in the per-CPU list, not as free")
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone;
	const char *s;

	ASSERT_NE(page, NULL);
	zone = page_zone(page);
	drain_all_pages();
	s = zone_part(zone);
	EXPECT_EQ(number(s, "              count: "), 0);
	__free_page(page);
	s = zone_part(zone);
	EXPECT_EQ(number(s, "              count: "), 1);
	EXPECT_LE(number(s, "              count: "), number(s, "              high:  "));
	EXPECT_EQ(number(s, "pages free     ") + 1, zone_free_pages(zone));
	drain_all_pages();
}

// ---- /proc/slabinfo -----------------------------------------------------------------------------

struct slab_row {
	long active, num, size, objects, pages, active_slabs, slabs;
};

static bool scan_text(const char **s, const char *text)
{
	*s = skip_blanks(*s);
	if (strncmp(*s, text, strlen(text)) != 0)
		return false;
	*s += strlen(text);
	return true;
}

// Takes a row apart behind the name. False: it has another form.
static bool scan_slab_row(const char *s, struct slab_row *row)
{
	s = strchr(s, ' ');
	if (!s)
		return false;
	row->active = scan(&s);
	row->num = scan(&s);
	row->size = scan(&s);
	row->objects = scan(&s);
	row->pages = scan(&s);
	if (!scan_text(&s, ": tunables") || scan(&s) != 0 || scan(&s) != 0 || scan(&s) != 0)
		return false;
	if (!scan_text(&s, ": slabdata"))
		return false;
	row->active_slabs = scan(&s);
	row->slabs = scan(&s);
	return scan(&s) == 0 && *s == '\n';
}

TEST("S155 S337 slabinfo: version 2.1, and every row adds up")
{
	const char *s = read_file(slabinfo_show);
	struct slab_row row;
	unsigned long pages = 0;

	EXPECT_EQ(strncmp(s, "slabinfo - version: 2.1\n# name ", 31), 0);
	for (s = next_line(next_line(s)); s; s = next_line(s)) {
		ASSERT_TRUE(scan_slab_row(s, &row));
		EXPECT_LE(row.active, row.num);
		EXPECT_LE(row.num, row.slabs * row.objects);
		EXPECT_LE(row.active_slabs, row.slabs);
		EXPECT_LE(row.size * row.objects, row.pages << PAGE_SHIFT);
		pages += row.slabs * row.pages;
	}
	EXPECT_GE(pages, slab_pages()); // where memory was short, a slab may be smaller than usual
}

TEST("S337 slabinfo: active_objs is what a cache has handed out")
{
	struct kmem_cache *s = kmem_cache_create("procinfo", 200, 0, 0, NULL);
	struct slab_row row;
	void *object[3];

	ASSERT_NE(s, NULL);
	for (int i = 0; i < 3; i++)
		object[i] = kmem_cache_alloc(s, GFP_KERNEL);
	EXPECT_TRUE(scan_slab_row(strstr(read_file(slabinfo_show), "procinfo "), &row));
	EXPECT_EQ(row.active, 3);
	EXPECT_EQ(row.num, s->objects);
	EXPECT_EQ(row.slabs, 1);
	EXPECT_GE(row.size, 200);
	for (int i = 0; i < 3; i++)
		kmem_cache_free(s, object[i]);
	EXPECT_TRUE(scan_slab_row(strstr(read_file(slabinfo_show), "procinfo "), &row));
	EXPECT_EQ(row.active, 0);
	EXPECT_EQ(kmem_cache_destroy(s), 0);
	EXPECT_EQ(strstr(read_file(slabinfo_show), "procinfo "), NULL);
}

// ---- The registry, the boot log -----------------------------------------------------------------

TEST("every file has a name of its own and says something, and no other name is found")
{
	void *p = vmalloc(1); // for vmallocinfo

	for (const struct proc_file *f = proc_files; f->name; f++) {
		EXPECT_EQ(proc_find(f->name), f);
		// A machine without ports has nothing to say about them.
		if (f->show != ioports_show)
			EXPECT_GT(strlen(read_file(f->show)), 10);
		EXPECT_LT(strlen(file_text), FILE_TEXT - 1);
	}
	vfree(p);
	EXPECT_EQ(proc_find(""), NULL);
	EXPECT_EQ(proc_find("mem"), NULL);
	EXPECT_EQ(proc_find("meminfo "), NULL);
}

TEST("S116 W19 the boot log says what struct page costs: 32 bytes for 4 KB, all of it in lowmem")
{
	const char *s = strstr(read_file(bootlog_memory), "mem_map: ");
	const long pages = number(s, "mem_map: ");

	EXPECT_EQ(number(s, "pages of "), 32);
	EXPECT_GE(pages, max_pfn - min_low_pfn);
	EXPECT_EQ(number(s, "are "), pages * 32 / 1024);
	EXPECT_TRUE(virt_addr_valid(mem_map) && virt_addr_valid(mem_map + pages - 1));
	EXPECT_NE(strstr(s, "% of lowmem"), NULL);
}

TEST("the boot log's Memory line: available of all RAM, and what is reserved is the rest at "
     "start-up")
{
	const char *s = strstr(read_file(bootlog_memory), "Memory: ");
	const long available = number(s, "Memory: "), ram = number(s, "/");

	EXPECT_EQ(available, kb(nr_free_pages()));
	EXPECT_EQ(ram, (long)(memblock_ram_size() >> 10));
	EXPECT_EQ(number(s, "bss, "), ram - meminfo("MemTotal:"));
}
