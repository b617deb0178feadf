// SPDX-License-Identifier: MIT
// /proc/meminfo and vmallocinfo: the formats are Linux's, and every number is true.

#include <arch/layout.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <kernel/thread.h>
#include <lib/format.h>
#include <mm/gfp.h>
#include <mm/kernel_map.h>
#include <mm/procinfo.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "free_state.h"
#include "proc_text.h"
#include "pt_pool.h"

SUITE("meminfo");

TEST("S339 MemTotal is what the zones manage, MemFree is LowFree and HighFree")
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

TEST("S228 S343 LowTotal and HighTotal make up MemTotal, and end at 896 MB")
{
	EXPECT_EQ(meminfo("MemTotal:"), meminfo("LowTotal:") + meminfo("HighTotal:"));
	EXPECT_EQ(meminfo("HighTotal:"), kb(zones[ZONE_HIGHMEM].managed_pages));
	EXPECT_LT(meminfo("LowTotal:"), LOWMEM_MAX_SIZE / SZ_1K);
	EXPECT_EQ(meminfo("HighTotal:") != 0,
		  max_pfn - min_low_pfn > LOWMEM_MAX_SIZE >> PAGE_SHIFT);
}

TEST("S339 a line is a label of 16 characters, 8 digits and kB")
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

TEST("S343 LowFree falls by what GFP_KERNEL takes, HighFree by what GFP_HIGHUSER takes")
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

// What Linux leaves out of MemAvailable: of each zone its high watermark and what it keeps from the zones
// above, which the highest of them says, but no more than it has.
static unsigned long expected_kept_back(void)
{
	unsigned long pages = 0;

	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++)
		pages += min(zone->_watermark[WMARK_HIGH] + zone->lowmem_reserve[ZONE_HIGHMEM],
			     zone->managed_pages);
	return pages;
}

TEST("S340 MemAvailable is what is free above the high watermarks and the reserves, and falls with "
     "it")
{
	long available;
	struct page *page;

	drain_all_pages();
	available = meminfo("MemAvailable:");
	EXPECT_EQ(available, meminfo("MemFree:") - kb(expected_kept_back()));
	page = alloc_pages(GFP_KERNEL, 8);
	ASSERT_NE(page, NULL);
	EXPECT_EQ(meminfo("MemAvailable:"), available - kb(1UL << 8));
	__free_pages(page, 8);
	EXPECT_EQ(meminfo("MemAvailable:"), available);
}

TEST("S347 Slab grows by the pages of a new slab, SReclaimable and SUnreclaim make it up")
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

static int end_thread_at_once(void *arg)
{
	return 0;
}

TEST("S348 KernelStack is 8 KB for each thread")
{
	const unsigned long before = meminfo("KernelStack:");
	struct thread *t = thread_create(end_thread_at_once, NULL, THREAD_PRIORITY, "one more");

	ASSERT_TRUE(!IS_ERR(t));
	EXPECT_GE(before, 2 * THREAD_SIZE / SZ_1K); // this one, and idle
	EXPECT_EQ(meminfo("KernelStack:"), before + THREAD_SIZE / SZ_1K);
	EXPECT_EQ(thread_join(t, NULL), 0);
	EXPECT_EQ(meminfo("KernelStack:"), before);
}

static unsigned long page_table_bytes(const pte_t *root)
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
	pte_t *root = new_root();
	unsigned long bytes = pt_table_size(0);

	EXPECT_EQ(page_table_bytes(root), bytes);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		const int before = pool_used();

		ASSERT_EQ(pt_map(root, at[i], 0x1000, PAGE_SIZE, PAGE_KERNEL, alloc), 0);
		bytes += (pool_used() - before) * pt_table_size(PT_LEVELS - 1);
		EXPECT_EQ(page_table_bytes(root), bytes);
	}
	EXPECT_EQ(meminfo("PageTables:"), page_table_bytes(kernel_root) / SZ_1K);
	EXPECT_GE(meminfo("PageTables:"), PAGE_SIZE / SZ_1K);
}

TEST("S352 VmallocTotal is the area's 104 MB")
{
	EXPECT_EQ(meminfo("VmallocTotal:"), 104 << 10);
}

TEST("S215 S352 W55 VmallocUsed and VmallocChunk are true, and follow what is taken")
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
	p = vmalloc(1024 * PAGE_SIZE);
	ASSERT_NE(p, NULL);
	vmallocinfo_line(p, text, sizeof(text));
	EXPECT_STREQ(text + strlen(text) - 19, " pages=1024 vmalloc");
	vfree(p);
}

TEST("S355 W52 the DirectMap lines add up to lowmem without the guard pages")
{
	const unsigned long ram =
		kb(zones[ZONE_DMA].present_pages + zones[ZONE_NORMAL].present_pages);
	unsigned long guards = _end - _start, mapped = 0;
	char large[24];

	for (int i = 0; i < kernel_image_rows; i++)
		guards -= kernel_image_map[i].end - kernel_image_map[i].start;
	read_file(meminfo_show);
	for (const char *s = strstr(file_text, "DirectMap"); s; s = next_line(s))
		mapped += number(s, ":");
	EXPECT_EQ(mapped, ram - guards / SZ_1K);
	// The large page is the format's: 2 MB where an entry has 64 bits.
	snprintf(large, sizeof(large), "DirectMap%luM:", pt_span(PT_LEVELS - 2) / SZ_1M);
	EXPECT_GT(number(file_text, large), number(file_text, "DirectMap4k:"));
}
