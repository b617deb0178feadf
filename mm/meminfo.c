// SPDX-License-Identifier: MIT
// Physical memory in words: ranges and zones.
//
// Linux: kernel/resource.c (/proc/iomem), the "Zone ranges:" of mm/page_alloc.c.

#include <lib/format.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/meminfo.h>
#include <mm/memblock.h>

static void show_range(const struct memblock_range *r, const char *indent,
		       void (*line)(const char *, void *), void *arg)
{
	char text[80];

	snprintf(text, sizeof(text), "%s%08llx-%08llx : %s", indent, (u64)r->start, (u64)r->end - 1,
		 r->name);
	line(text, arg);
}

// Shows the reservations whose start lies in [start, end).
static void show_reserved(u64 start, u64 end, const char *indent,
			  void (*line)(const char *, void *), void *arg)
{
	const struct memblock_range *r;

	for (int i = 0; (r = memblock_reserved(i)) != NULL; i++)
		if (r->start >= start && r->start < end)
			show_range(r, indent, line, arg);
}

void meminfo_ranges(void (*line)(const char *text, void *arg), void *arg)
{
	const struct memblock_range *ram;
	u64 shown = 0;

	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++) {
		show_reserved(shown, ram->start, "", line, arg);
		show_range(ram, "", line, arg);
		show_reserved(ram->start, ram->end, "  ", line, arg);
		shown = ram->end;
	}
	show_reserved(shown, ~0ULL, "", line, arg);
}

static void show_zone(const char *name, u64 start, u64 end, void (*line)(const char *, void *),
		      void *arg)
{
	char text[80];

	if (start >= end)
		snprintf(text, sizeof(text), "  %-8s empty", name);
	else
		snprintf(text, sizeof(text), "  %-8s [mem %#018llx-%#018llx] %lu pages", name,
			 start, end - 1, PFN_DOWN(end - start));
	line(text, arg);
}

void meminfo_zones(void (*line)(const char *text, void *arg), void *arg)
{
	const u64 dma = PHYS_OFFSET + ZONE_DMA_SIZE, normal = memblock_lowmem_end();
	const struct memblock_range *ram;
	u64 last = 0;

	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++)
		last = ram->end;
	line("Zone ranges:", arg);
	show_zone("DMA", PHYS_OFFSET, min(dma, normal), line, arg);
	show_zone("Normal", dma, normal, line, arg);
	show_zone("HighMem", normal, last, line, arg);
}
