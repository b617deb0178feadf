// SPDX-License-Identifier: MIT
// /proc/zoneinfo: the zones' sizes, watermarks and per-CPU lists, and the node's totals.
//
// The layout is Linux 6.1's. Counters of features that do not exist here (page cache, swap, CMA,
// reclaim) are left out. Linux counts a per-CPU list in pages, so this adds up the lists of all orders.
// Linux: zoneinfo_show_print() in mm/vmstat.c.

#include <kernel/sections.h>
#include <lib/format.h>
#include <mm/meminfo.h>
#include <mm/pgd.h>
#include <mm/procinfo.h>
#include <mm/slab.h>

static void show_number(const char *label, unsigned long n, void (*line)(const char *, void *),
			void *arg)
{
	char text[64];

	snprintf(text, sizeof(text), "%s%lu", label, n);
	line(text, arg);
}

static void show_node(void (*line)(const char *, void *), void *arg)
{
	line("  per-node stats", arg);
	show_number("      nr_slab_reclaimable ", 0, line, arg);
	show_number("      nr_slab_unreclaimable ", slab_pages(), line, arg);
	show_number("      nr_kernel_stack ", kernel_stack_bytes() / SZ_1K, line, arg);
	show_number("      nr_page_table_pages ", pgd_table_bytes() >> PAGE_SHIFT, line, arg);
}

static void show_sizes(const struct zone *zone, void (*line)(const char *, void *), void *arg)
{
	show_number("  pages free     ", zone->free_pages, line, arg);
	show_number("        boost    ", 0, line, arg);
	show_number("        min      ", zone->_watermark[WMARK_MIN], line, arg);
	show_number("        low      ", zone->_watermark[WMARK_LOW], line, arg);
	show_number("        high     ", zone->_watermark[WMARK_HIGH], line, arg);
	show_number("        spanned  ", zone->spanned_pages, line, arg);
	show_number("        present  ", zone->present_pages, line, arg);
	show_number("        managed  ", zone->managed_pages, line, arg);
	show_number("        cma      ", 0, line, arg);
}

static void show_protection(const struct zone *zone, void (*line)(const char *, void *), void *arg)
{
	char text[80];

	snprintf(text, sizeof(text), "        protection: (%ld, %ld, %ld)",
		 zone->lowmem_reserve[ZONE_DMA], zone->lowmem_reserve[ZONE_NORMAL],
		 zone->lowmem_reserve[ZONE_HIGHMEM]);
	line(text, arg);
}

static void show_pagesets(const struct zone *zone, void (*line)(const char *, void *), void *arg)
{
	unsigned long count = 0, high = 0;

	for (int order = 0; order < PCP_ORDERS; order++) {
		count += (unsigned long)zone->pcp[order].count << order;
		high += (unsigned long)zone->pcp[order].high << order;
	}
	line("  pagesets", arg);
	line("    cpu: 0", arg);
	show_number("              count: ", count, line, arg);
	show_number("              high:  ", high, line, arg);
	show_number("              batch: ", zone->pcp[0].batch, line, arg);
}

static void show_zoneinfo(const struct zone *zone, void (*line)(const char *, void *), void *arg)
{
	char text[40];

	snprintf(text, sizeof(text), "Node 0, zone %8s", zone->name);
	line(text, arg);
	if (zone == &zones[ZONE_DMA]) // the first zone also shows the node's totals
		show_node(line, arg);
	show_sizes(zone, line, arg);
	show_protection(zone, line, arg);
	if (!populated_zone(zone))
		return;
	show_number("      nr_free_pages ", zone->free_pages, line, arg);
	show_pagesets(zone, line, arg);
	show_number("  start_pfn:           ", zone->zone_start_pfn, line, arg);
}

void zoneinfo_show(void (*line)(const char *text, void *arg), void *arg)
{
	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++)
		show_zoneinfo(zone, line, arg);
}
