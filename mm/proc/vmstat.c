// SPDX-License-Identifier: MIT
// /proc/vmstat: counters, one per line, with Linux's names. pgd_loads, which Linux does not have, counts
// switches between roots.
//
// Linux: mm/vmstat.c; the TLB's counters there need CONFIG_DEBUG_TLBFLUSH.

#include <lib/format.h>
#include <mm/gfp.h>
#include <mm/pgd.h>
#include <mm/procinfo.h>
#include <mm/tlb.h>

void vmstat_show(void (*line)(const char *text, void *arg), void *arg)
{
	const struct {
		const char *name;
		unsigned long value;
	} rows[] = {
		{ "nr_free_pages", nr_free_pages() },
		{ "nr_page_table_pages", pgd_table_bytes() >> PAGE_SHIFT },
		{ "nr_tlb_local_flush_all", tlb_counters.nr_tlb_local_flush_all },
		{ "nr_tlb_local_flush_one", tlb_counters.nr_tlb_local_flush_one },
		{ "pgd_loads", pgd_counters.loads },
	};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "%s %lu", rows[i].name, rows[i].value);
		line(text, arg);
	}
}
