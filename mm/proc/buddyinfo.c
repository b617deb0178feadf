// SPDX-License-Identifier: MIT
// /proc/buddyinfo: the number of free blocks of each order.
//
// A column counts blocks, not pages; pages in per-CPU lists are not included. A deferred 4 MB block
// (mm/page/zone.c) counts as a free block of order 10.
// Linux: frag_show_print() in mm/vmstat.c; the blank at the end of a row is Linux's too.

#include <lib/seq_buf.h>
#include <mm/procinfo.h>
#include <mm/zone.h>

void zone_count_blocks(struct zone *zone, unsigned long blocks[NR_PAGE_ORDERS])
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	for (int order = 0; order < NR_PAGE_ORDERS; order++)
		blocks[order] = zone->free_area[order].nr_free;
	blocks[MAX_PAGE_ORDER] += zone->pristine_blocks;
	spin_unlock_irqrestore(&zone->lock, flags);
}

static void show_zone_blocks(struct zone *zone, void (*line)(const char *, void *), void *arg)
{
	unsigned long blocks[NR_PAGE_ORDERS];
	char text[32 + 12 * NR_PAGE_ORDERS];
	struct seq_buf s;

	seq_buf_init(&s, text, sizeof(text));
	seq_buf_printf(&s, "Node 0, zone %8s ", zone->name);
	zone_count_blocks(zone, blocks);
	for (int order = 0; order < NR_PAGE_ORDERS; order++)
		seq_buf_printf(&s, "%6lu ", blocks[order]);
	line(text, arg);
}

void buddyinfo_show(void (*line)(const char *text, void *arg), void *arg)
{
	for (struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++)
		if (populated_zone(zone))
			show_zone_blocks(zone, line, arg);
}
