// SPDX-License-Identifier: MIT
// Counts requests and failures for each call site that allocates.
//
// Owns: the table. Locks: [i] interrupts masked.
// Linux: /proc/allocinfo counts memory by call site.

#include <arch/cpu.h>
#include <kernel/sections.h>
#include <lib/format.h>
#include <lib/util.h>
#include <mm/alloc_sites.h>

#define SITES_MAX 64 // tunable: call sites in the kernel, tests not included

static struct {
	int count; // [i]
	struct {
		unsigned long site;
		u32 asked, failed;
	} site[SITES_MAX]; // [i]
	bool full;         // [i] there were more sites
} sites;

static void note_site(unsigned long site, bool failed)
{
	int i = 0;

	while (i < sites.count && sites.site[i].site != site)
		i++;
	if (i == SITES_MAX) {
		sites.full = true;
		return;
	}
	if (i == sites.count)
		sites.site[sites.count++].site = site;
	sites.site[i].asked++;
	sites.site[i].failed += failed;
}

void alloc_site_note(unsigned long site, bool failed)
{
	unsigned long flags;

	if (site < (unsigned long)_stext || site >= (unsigned long)_etext_kernel)
		return; // a test
	flags = local_irq_save();
	note_site(site, failed);
	local_irq_restore(flags);
}

void alloc_sites_show(void (*line)(const char *text, void *arg), void *arg)
{
	char text[96];

	if (!CONFIG_DEBUG)
		line("only debug builds keep them", arg);
	for (int i = 0; i < sites.count; i++) {
		snprintf(text, sizeof(text), "%10u asked %8u failed  %pS", sites.site[i].asked,
			 sites.site[i].failed, (void *)sites.site[i].site);
		line(text, arg);
	}
	if (sites.full)
		line("... and more than the table holds", arg);
}
