// SPDX-License-Identifier: MIT
// The boot log's lines about memory: the zones, the available memory, the size of mem_map.
//
// Linux: free_area_init() and mem_init_print_info() in mm/page_alloc.c.

#include <kernel/sections.h>
#include <lib/format.h>
#include <mm/bootlog.h>
#include <mm/gfp.h>

static void show_zone_range(const char *name, u64 start, u64 end,
			    void (*line)(const char *, void *), void *arg)
{
	char text[80];

	if (start >= end)
		snprintf(text, sizeof(text), "  %-8s empty", name);
	else
		snprintf(text, sizeof(text), "  %-8s [mem %#018llx-%#018llx] %lu pages", name,
			 start, end - 1, PFN_DOWN(end - start));
	line(text, arg);
}

void bootlog_zones(void (*line)(const char *text, void *arg), void *arg)
{
	pfn_t border[MAX_NR_ZONES + 1];

	zone_borders(border);
	line("Zone ranges:", arg);
	for (int i = 0; i < MAX_NR_ZONES; i++)
		show_zone_range(zones[i].name, PFN_PHYS(border[i]), PFN_PHYS(border[i + 1]), line,
				arg);
}

static unsigned long pages_to_kb(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

static unsigned long part_kb(const char *start, const char *end)
{
	return (end - start) / SZ_1K;
}

static void show_available(void (*line)(const char *, void *), void *arg)
{
	unsigned long present = 0, managed = 0;
	char text[200];

	for (const struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
		present += zone->present_pages;
		managed += zone->managed_pages;
	}
	snprintf(text, sizeof(text),
		 "Memory: %luK/%luK available (%luK kernel code, %luK rwdata, %luK rodata, %luK "
		 "bss, %luK reserved, %luK highmem)",
		 pages_to_kb(nr_free_pages()), pages_to_kb(present), part_kb(_stext, _etext),
		 part_kb(_sdata, _edata), part_kb(__start_rodata, __end_rodata),
		 part_kb(__bss_start, __bss_stop), pages_to_kb(present - managed),
		 pages_to_kb(zones[ZONE_HIGHMEM].managed_pages));
	line(text, arg);
}

// The array is in lowmem even for highmem's RAM: this is the cost of highmem.
static void show_mem_map(void (*line)(const char *, void *), void *arg)
{
	const unsigned long pages = ALIGN(max_pfn - min_low_pfn, BLOCK_PAGES);
	const unsigned long kb = pages * sizeof(struct page) / SZ_1K;
	const unsigned long lowmem =
		zones[ZONE_DMA].present_pages + zones[ZONE_NORMAL].present_pages;
	const unsigned long permille = (kb * 1000 + pages_to_kb(lowmem) / 2) / pages_to_kb(lowmem);
	char text[120];

	snprintf(text, sizeof(text),
		 "mem_map: %lu struct pages of %zu bytes are %luK, %lu.%lu %% of lowmem", pages,
		 sizeof(struct page), kb, permille / 10, permille % 10);
	line(text, arg);
}

void bootlog_memory(void (*line)(const char *text, void *arg), void *arg)
{
	show_available(line, arg);
	show_mem_map(line, arg);
}
