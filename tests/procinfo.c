// SPDX-License-Identifier: MIT
// What the kernel tells of its memory: the formats are Linux's, and every number is true.
//
// The tests read the text as a program would, and hold it against what the allocators know.

#include <arch/layout.h>
#include <kernel/ktest.h>
#include <kernel/proc.h>
#include <kernel/sections.h>
#include <kernel/thread.h>
#include <lib/format.h>
#include <mm/bootlog.h>
#include <mm/gfp.h>
#include <mm/kernel_map.h>
#include <mm/memblock.h>
#include <mm/meminfo.h>
#include <mm/page_show.h>
#include <mm/procinfo.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "free_state.h"

SUITE("procinfo");

// ---- Reading a file -----------------------------------------------------------------------------

static char file[16 << 10];
static size_t file_size;

static void add_line(const char *text, void *arg)
{
	file_size += scnprintf(file + file_size, sizeof(file) - file_size, "%s\n", text);
}

// Reads a whole file; what follows looks at its text.
static const char *read_file(void (*show)(void (*line)(const char *, void *), void *))
{
	file_size = 0;
	file[0] = '\0';
	show(add_line, NULL);
	return file;
}

static const char *next_line(const char *s)
{
	s = strchr(s, '\n');
	return s && s[1] ? s + 1 : NULL;
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

// The number at *s, behind blanks; moves *s behind it. -1: there is none.
static long scan(const char **s)
{
	long n = -1;

	*s = skip_blanks(*s);
	for (; **s >= '0' && **s <= '9'; ++*s)
		n = (n < 0 ? 0 : n) * 10 + **s - '0';
	return n;
}

// The number behind the first `label` at or behind `from`; -1 and a failure: there is none.
static long number(const char *from, const char *label)
{
	const char *s = from ? strstr(from, label) : NULL;

	EXPECT_NE(s, NULL);
	if (!s)
		return -1;
	s += strlen(label);
	return scan(&s);
}

static long meminfo(const char *label)
{
	return number(read_file(meminfo_show), label);
}

static unsigned long kb(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

// ---- /proc/meminfo ------------------------------------------------------------------------------

TEST("S339 meminfo: MemTotal is what the zones manage, MemFree is LowFree and HighFree")
{
	unsigned long managed = 0, free = 0;

	drain_all_pages();
	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
		managed += zone->managed_pages;
		free += zone->free_pages;
	}
	EXPECT_EQ(meminfo("MemTotal:"), kb(managed));
	EXPECT_EQ(meminfo("MemFree:"), kb(free));
	EXPECT_EQ(meminfo("MemFree:"), meminfo("LowFree:") + meminfo("HighFree:"));
}

TEST("S228 S343 meminfo: LowTotal and HighTotal make up MemTotal, and end at 896 MB")
{
	EXPECT_EQ(meminfo("MemTotal:"), meminfo("LowTotal:") + meminfo("HighTotal:"));
	EXPECT_EQ(meminfo("HighTotal:"), kb(zones[ZONE_HIGHMEM].managed_pages));
	EXPECT_LT(meminfo("LowTotal:"), LOWMEM_MAX_SIZE / SZ_1K);
	EXPECT_EQ(meminfo("HighTotal:") != 0,
		  max_pfn - min_low_pfn > LOWMEM_MAX_SIZE >> PAGE_SHIFT);
}

TEST("S339 meminfo: a line is a label of 16 characters, 8 digits and kB")
{
	for (const char *s = read_file(meminfo_show); s; s = next_line(s)) {
		const char *colon = strchr(s, ':');

		ASSERT_NE(colon, NULL);
		EXPECT_LT(colon - s, 16);
		EXPECT_EQ(strchr(s, '\n') - s, 27);
		EXPECT_EQ(strncmp(s + 24, " kB\n", 4), 0);
		for (const char *p = colon + 1; p < s + 24; p++)
			EXPECT_TRUE(*p == ' ' || (p >= s + 16 && *p >= '0' && *p <= '9'));
	}
}

// Pages taken with these flags leave MemFree and the line `label`, and come back.
static void expect_free_follows(gfp_t gfp, unsigned int order, const char *label)
{
	long total, part;
	struct page *page;

	free_state_begin();
	total = meminfo("MemFree:");
	part = meminfo(label);
	page = alloc_pages(gfp, order);
	ASSERT_NE(page, NULL);
	drain_all_pages();
	EXPECT_EQ(meminfo("MemFree:"), total - kb(1UL << order));
	EXPECT_EQ(meminfo(label), part - kb(1UL << order));
	__free_pages(page, order);
	drain_all_pages();
	EXPECT_EQ(meminfo("MemFree:"), total);
	EXPECT_EQ(meminfo(label), part);
	free_state_end();
}

TEST("S343 meminfo: LowFree falls by what GFP_KERNEL takes, HighFree by what GFP_HIGHUSER takes")
{
	expect_free_follows(GFP_KERNEL, 0, "LowFree:");
	expect_free_follows(GFP_KERNEL, 5, "LowFree:");
	expect_free_follows(GFP_KERNEL, 8, "LowFree:");
	// As long as HighMem has more than it keeps back.
	if (zones[ZONE_HIGHMEM].managed_pages > 8 * BLOCK_PAGES)
		expect_free_follows(GFP_HIGHUSER, 8, "HighFree:");
	else
		expect_free_follows(GFP_HIGHUSER, 4, "MemFree:");
}

TEST("S340 meminfo: MemAvailable is what is free above the watermarks, and falls with it")
{
	unsigned long low = 0;
	long available;
	struct page *page;

	drain_all_pages();
	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++)
		low += zone->_watermark[WMARK_LOW];
	available = meminfo("MemAvailable:");
	EXPECT_GT(available, 0);
	EXPECT_LE(available, meminfo("MemFree:") - kb(low));
	page = alloc_pages(GFP_KERNEL, 8);
	ASSERT_NE(page, NULL);
	EXPECT_EQ(meminfo("MemAvailable:"), available - kb(1UL << 8));
	__free_pages(page, 8);
	EXPECT_EQ(meminfo("MemAvailable:"), available);
}

TEST("S347 meminfo: Slab grows by the pages of a new slab, SReclaimable and SUnreclaim make it up")
{
	const long before = meminfo("Slab:");
	struct kmem_cache *s = kmem_cache_create("procinfo", 100, 0, 0, NULL);
	long with_cache;
	void *object;

	ASSERT_NE(s, NULL);
	with_cache = meminfo("Slab:"); // the struct itself may have needed a slab
	object = kmem_cache_alloc(s, GFP_KERNEL);
	EXPECT_EQ(meminfo("Slab:"), with_cache + kb(1UL << s->order));
	EXPECT_EQ(meminfo("Slab:"), meminfo("SReclaimable:") + meminfo("SUnreclaim:"));
	kmem_cache_free(s, object);
	kmem_cache_shrink(s);
	EXPECT_EQ(meminfo("Slab:"), with_cache);
	EXPECT_EQ(kmem_cache_destroy(s), 0);
	EXPECT_GE(meminfo("Slab:"), before);
}

static int end_at_once(void *arg)
{
	return 0;
}

TEST("S348 meminfo: KernelStack is 8 KB for each thread")
{
	const unsigned long before = meminfo("KernelStack:");
	struct thread *t = thread_create(end_at_once, NULL, THREAD_PRIORITY, "one more");

	ASSERT_TRUE(!IS_ERR(t));
	EXPECT_GE(before, 2 * THREAD_SIZE / SZ_1K); // this one, and idle
	EXPECT_EQ(meminfo("KernelStack:"), before + THREAD_SIZE / SZ_1K);
	EXPECT_EQ(thread_join(t, NULL), 0);
	EXPECT_EQ(meminfo("KernelStack:"), before);
}

#define ROOT_MOST (4 * PAGE_SIZE) // bytes of the largest root

static u8 tables[12][PAGE_SIZE] __aligned(ROOT_MOST);
static int tables_used; // pages

// Whole pages, also for what is smaller; the root comes first.
static phys_addr_t table_alloc(size_t size)
{
	const int first = tables_used, pages = size > PAGE_SIZE ? (int)(size / PAGE_SIZE) : 1;

	if (first + pages > ARRAY_SIZE(tables))
		return 0;
	tables_used += pages;
	return __pa(tables[first]);
}

static unsigned long table_bytes(const pte_t *root)
{
	struct pt_count count = { 0 };
	unsigned long bytes = 0;

	pt_count(root, 0, ~0UL, &count);
	for (int level = 0; level < PT_LEVELS; level++)
		bytes += count.tables[level] * pt_table_size(level);
	return bytes;
}

TEST("S349 page tables are counted, each once, wherever they hang")
{
	static const unsigned long at[] = { 0x00400000, 0x00401000, 0x007ff000, 0x80000000 };
	pte_t *root;
	unsigned long bytes;

	memset(tables, 0, sizeof(tables));
	tables_used = 0;
	root = __va((unsigned long)table_alloc(pt_table_size(0)));
	bytes = pt_table_size(0);
	EXPECT_EQ(table_bytes(root), bytes);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		const int before = tables_used;

		ASSERT_EQ(pt_map(root, at[i], __pa(tables), PAGE_SIZE, PAGE_KERNEL, table_alloc),
			  0);
		bytes += (tables_used - before) * pt_table_size(PT_LEVELS - 1);
		EXPECT_EQ(table_bytes(root), bytes);
	}
	EXPECT_EQ(meminfo("PageTables:"), table_bytes(kernel_root) / SZ_1K);
	EXPECT_GE(meminfo("PageTables:"), PAGE_SIZE / SZ_1K);
}

TEST("S352 meminfo: VmallocTotal is the area's 104 MB")
{
	EXPECT_EQ(meminfo("VmallocTotal:"), 104 << 10);
}

TEST("S215 S352 W55 meminfo: VmallocUsed and VmallocChunk are true, and follow what is taken")
{
	const long used = meminfo("VmallocUsed:"), chunk = meminfo("VmallocChunk:");
	void *p = vmalloc(10 * PAGE_SIZE);

	ASSERT_NE(p, NULL);
	EXPECT_EQ(meminfo("VmallocUsed:"), used + 44); // a guard page, too
	EXPECT_LE(meminfo("VmallocChunk:"), 104 * 1024 - meminfo("VmallocUsed:"));
	EXPECT_GT(meminfo("VmallocChunk:"), 0);
	vfree(p);
	EXPECT_EQ(meminfo("VmallocUsed:"), used);
	EXPECT_EQ(meminfo("VmallocChunk:"), chunk);
}

// The line of /proc/vmallocinfo for the area that starts at p, up to the end of the line.
static const char *vmallocinfo_line(const void *p, char *buf, size_t size)
{
	char start[16];
	const char *s, *end;

	snprintf(start, sizeof(start), "0x%px-", p);
	s = strstr(read_file(vmallocinfo_show), start);
	end = s ? strchr(s, '\n') : NULL;
	snprintf(buf, size, "%.*s", end ? (int)(end - s) : 0, s ? s : "");
	return buf;
}

TEST("S215 W39 vmallocinfo: addresses, size with the guard page, caller, pages, phys and kind, by "
     "address")
{
	struct page *page = alloc_page(GFP_KERNEL);
	u8 *p = vmalloc(5 * PAGE_SIZE), *m = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	struct vm_struct *io = get_vm_area(100, VM_IOREMAP);
	unsigned long last = 0;
	char text[200], want[80];

	ASSERT_TRUE(page && p && m && io);
	io->phys_addr = 0x09010000;
	snprintf(want, sizeof(want), "0x%px-0x%px   24576 ktest_", p, p + 6 * PAGE_SIZE);
	vmallocinfo_line(p, text, sizeof(text));
	EXPECT_EQ(strncmp(text, want, strlen(want)), 0);
	EXPECT_NE(strstr(text, " pages=5 vmalloc"), NULL);
	vmallocinfo_line(m, text, sizeof(text));
	EXPECT_NE(strstr(text, "   8192 ktest_"), NULL);
	EXPECT_STREQ(text + strlen(text) - 5, " vmap");
	vmallocinfo_line(io->addr, text, sizeof(text));
	snprintf(want, sizeof(want), " phys=%pa ioremap", &io->phys_addr);
	EXPECT_NE(strstr(text, want), NULL);
	for (const char *s = read_file(vmallocinfo_show); s; s = next_line(s)) {
		u64 start = 0;

		snprintf(text, sizeof(text), "%.10s", s);
		EXPECT_EQ(parse_u64(text, 0, &start), 0);
		EXPECT_GT((unsigned long)start, last);
		last = (unsigned long)start;
	}
	free_vm_area(io);
	vunmap(m);
	vfree(p);
	__free_page(page);
	EXPECT_STREQ(vmallocinfo_line(p, text, sizeof(text)), "");
}

TEST("S215 vmallocinfo: a list of more than a page's worth of frames is vmalloc memory itself "
     "(vpages)")
{
	void *p = vmalloc(1025 * PAGE_SIZE);
	char text[200];

	ASSERT_NE(p, NULL);
	EXPECT_NE(strstr(vmallocinfo_line(p, text, sizeof(text)), " pages=1025 vmalloc vpages"),
		  NULL);
	vfree(p);
}

TEST("S355 W52 meminfo: the DirectMap lines add up to lowmem without the guard pages")
{
	const unsigned long ram =
		kb(zones[ZONE_DMA].present_pages + zones[ZONE_NORMAL].present_pages);
	unsigned long guards = _end - _start, mapped = 0;
	char large[24];

	for (int i = 0; i < kernel_image_rows; i++)
		guards -= kernel_image_map[i].end - kernel_image_map[i].start;
	read_file(meminfo_show);
	for (const char *s = strstr(file, "DirectMap"); s; s = next_line(s))
		mapped += number(s, ":");
	EXPECT_EQ(mapped, ram - guards / SZ_1K);
	// The large page is the format's: 2 MB where an entry has 64 bits.
	snprintf(large, sizeof(large), "DirectMap%luM:", pt_span(PT_LEVELS - 2) / SZ_1M);
	EXPECT_GT(number(file, large), number(file, "DirectMap4k:"));
}

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

TEST("S091 zoneinfo: the numbers of every zone are the zone's own")
{
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
		EXPECT_EQ(number(s, "\n        protection: ("), zone->lowmem_reserve[ZONE_DMA]);
		if (zone->present_pages == 0)
			continue;
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

// ---- /proc/iomem --------------------------------------------------------------------------------

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

TEST("S253 S335 iomem: rows ascend without overlap, and lie inside of the row that they are under")
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

TEST("S253 iomem: code, constants, data and bss of the kernel are where it says")
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
		{ file, "Kernel bss" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		struct iomem_row outer, inner;

		iomem_at(__pa(at[i].va), &outer, &inner);
		EXPECT_TRUE(named(&outer, "System RAM"));
		EXPECT_TRUE(named(&inner, at[i].name));
	}
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

TEST("S030 iomem: all System RAM is the RAM that the zones have")
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

// ---- The registry, the boot log, one page -------------------------------------------------------

TEST("every file has a name of its own and says something, and no other name is found")
{
	void *p = vmalloc(1); // for vmallocinfo

	for (const struct proc_file *f = proc_files; f->name; f++) {
		EXPECT_EQ(proc_find(f->name), f);
		// A machine without ports has nothing to say about them.
		if (f->show != ioports_show)
			EXPECT_GT(strlen(read_file(f->show)), 10);
		EXPECT_LT(file_size, sizeof(file) - 1);
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

static pfn_t shown_pfn;

static void show_pfn(void (*line)(const char *, void *), void *arg)
{
	page_show(shown_pfn, line, arg);
}

static const char *read_page(pfn_t pfn)
{
	shown_pfn = pfn;
	return read_file(show_pfn);
}

TEST("W17 a page dump: _refcount is 1 when handed out and 0 when free, _mapcount starts at -1")
{
	struct page *page = alloc_pages(GFP_KERNEL, 4);

	ASSERT_NE(page, NULL);
	EXPECT_NE(strstr(read_page(page_to_pfn(page)), "_refcount 1, _mapcount -1"), NULL);
	EXPECT_NE(strstr(file, "handed out"), NULL);
	EXPECT_NE(strstr(read_page(page_to_pfn(page + 5)), "page 5 of the 2^4"), NULL);
	__free_pages(page, 4);
	EXPECT_NE(strstr(read_page(page_to_pfn(page)), "_refcount 0, _mapcount -1"), NULL);
	EXPECT_NE(strstr(file, "free"), NULL);
}

TEST("S103 a page dump decodes the flags: each has its word, and only those that are set")
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_NE(page, NULL);
	EXPECT_NE(strstr(read_page(page_to_pfn(page)), ": order 0\n"), NULL);
	SetPageDirty(page);
	EXPECT_NE(strstr(read_page(page_to_pfn(page)), ": dirty order 0\n"), NULL);
	SetPageUptodate(page);
	SetPageReferenced(page);
	EXPECT_TRUE(trylock_page(page));
	EXPECT_NE(strstr(read_page(page_to_pfn(page)),
			 ": locked referenced uptodate dirty order 0\n"),
		  NULL);
	unlock_page(page);
	EXPECT_EQ(strstr(read_page(page_to_pfn(page)), "locked"), NULL);
	__free_page(page);
}

TEST("a page dump names a slab's cache, a reserved page, and a frame without struct page")
{
	void *p = kmalloc(100, GFP_KERNEL);

	ASSERT_NE(p, NULL);
	EXPECT_NE(strstr(read_page(PFN_DOWN(virt_to_phys(p))), "of cache kmalloc-128"), NULL);
	kfree(p);
	EXPECT_NE(strstr(read_page(PFN_DOWN(__pa(_stext))), "reserved"), NULL);
	EXPECT_NE(strstr(read_page(max_pfn), "no RAM"), NULL);
	EXPECT_NE(strstr(read_page(~0UL), "no RAM"), NULL);
}

TEST("a page dump does not read a struct page that nobody has filled in")
{
	for (pfn_t pfn = min_low_pfn; pfn < max_pfn; pfn += BLOCK_PAGES) {
		if (!block_pristine((pfn - min_low_pfn) >> MAX_PAGE_ORDER))
			continue;
		EXPECT_NE(strstr(read_page(pfn), "nobody has touched"), NULL);
		EXPECT_FALSE(page_initialised(pfn));
		return;
	}
	SKIP("every block has been touched");
}

static unsigned long shown_va;

static void show_owner(void (*line)(const char *, void *), void *arg)
{
	owner_show(shown_va, line, arg);
}

static const char *read_owner(const void *va)
{
	shown_va = (unsigned long)va;
	return read_file(show_owner);
}

TEST("S118 debug builds remember who took a page and who took an object, in any part of it")
{
	unsigned long pages = __get_free_pages(GFP_KERNEL, 2);
	char *p = kmalloc(1000, GFP_KERNEL), object[60];

	ASSERT_TRUE(pages && p);
	if (CONFIG_DEBUG) {
		EXPECT_NE(strstr(read_owner((void *)(pages + 3 * PAGE_SIZE)), "block of 2^2"),
			  NULL);
		EXPECT_NE(strstr(file, "taken by"), NULL);
		snprintf(object, sizeof(object), "object %px of cache kmalloc-1k:", p);
		EXPECT_NE(strstr(read_owner(p + 999), object), NULL);
		EXPECT_NE(strstr(strstr(file, "of cache"), "taken by ktest_"), NULL);
	} else {
		EXPECT_NE(strstr(read_owner(p), "only debug builds"), NULL);
	}
	kfree(p);
	free_pages(pages, 2);
	EXPECT_NE(strstr(read_owner(NULL), CONFIG_DEBUG ? "no page of lowmem" : "debug"), NULL);
}
