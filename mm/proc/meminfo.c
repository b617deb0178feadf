// SPDX-License-Identifier: MIT
// /proc/meminfo: how the memory is used.
//
// Every line gives a true value; features that do not exist here (page cache, swap, user memory) have no
// line. As in Linux, MemFree excludes the per-CPU lists.
// Linux: fs/proc/meminfo.c, si_mem_available() in mm/page_alloc.c.

#include <kernel/thread_info.h>
#include <lib/format.h>
#include <mm/meminfo.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>
#include <mm/procinfo.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

static void show_kb(const char *label, unsigned long kb, void (*line)(const char *, void *),
		    void *arg)
{
	char text[48];

	snprintf(text, sizeof(text), "%-15s %8lu kB", label, kb);
	line(text, arg);
}

static void show_pages(const char *label, unsigned long pages, void (*line)(const char *, void *),
		       void *arg)
{
	show_kb(label, pages << (PAGE_SHIFT - 10), line, arg);
}

// The pages that a zone reserves: its high watermark, and its largest reserve against higher zones.
static unsigned long kept_back(const struct zone *zone)
{
	unsigned long reserve = 0;

	for (int i = 0; i < MAX_NR_ZONES; i++)
		reserve = max(reserve, zone->lowmem_reserve[i]);
	return min(reserve + zone->_watermark[WMARK_HIGH], zone->managed_pages);
}

// Without page cache and reclaimable slabs, only free pages are available.
unsigned long si_mem_available(void)
{
	unsigned long free = 0, reserve = 0;

	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
		free += zone->free_pages;
		reserve += kept_back(zone);
	}
	return free > reserve ? free - reserve : 0;
}

unsigned long kernel_stack_bytes(void)
{
	return nr_threads * THREAD_SIZE;
}

static bool add_run(const struct pt_run *run, void *arg)
{
	unsigned long *kb = arg;

	kb[run->level] += run->size / SZ_1K;
	return true;
}

// Prints how much of the linear map each page size covers, from the live page tables.
static void show_direct_map(void (*line)(const char *, void *), void *arg)
{
	unsigned long kb[PT_LEVELS] = { 0 };

	pt_for_each_run(kernel_root, PAGE_OFFSET, LOWMEM_END - 1, add_run, kb);
	for (int level = PT_LEVELS - 1; level >= 0; level--) {
		const unsigned long span = pt_span(level);
		char label[20];

		if (!pt_levels[level].leaf)
			continue;
		snprintf(label, sizeof(label),
			 "DirectMap%lu%c:", span < SZ_1M ? span / SZ_1K : span / SZ_1M,
			 span < SZ_1M ? 'k' : 'M');
		show_kb(label, kb[level], line, arg);
	}
}

static void show_zones(void (*line)(const char *, void *), void *arg)
{
	const struct zone *dma = &zones[ZONE_DMA], *normal = &zones[ZONE_NORMAL];
	const struct zone *high = &zones[ZONE_HIGHMEM];
	const unsigned long low_total = dma->managed_pages + normal->managed_pages;
	const unsigned long low_free = dma->free_pages + normal->free_pages;

	show_pages("MemTotal:", low_total + high->managed_pages, line, arg);
	show_pages("MemFree:", low_free + high->free_pages, line, arg);
	show_pages("MemAvailable:", si_mem_available(), line, arg);
	show_pages("HighTotal:", high->managed_pages, line, arg);
	show_pages("HighFree:", high->free_pages, line, arg);
	show_pages("LowTotal:", low_total, line, arg);
	show_pages("LowFree:", low_free, line, arg);
}

void meminfo_show(void (*line)(const char *text, void *arg), void *arg)
{
	show_zones(line, arg);
	show_pages("Slab:", slab_pages(), line, arg);
	show_pages("SReclaimable:", 0, line, arg); // no cache can free objects on demand
	show_pages("SUnreclaim:", slab_pages(), line, arg);
	show_kb("KernelStack:", kernel_stack_bytes() / SZ_1K, line, arg);
	show_kb("PageTables:", pgd_table_bytes() / SZ_1K, line, arg);
	show_kb("VmallocTotal:", (VMALLOC_END - VMALLOC_START) / SZ_1K, line, arg);
	show_kb("VmallocUsed:", vmalloc_used() / SZ_1K, line, arg);   // guard pages included
	show_kb("VmallocChunk:", vmalloc_chunk() / SZ_1K, line, arg); // the largest gap
	show_direct_map(line, arg);
}
