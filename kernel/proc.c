// SPDX-License-Identifier: MIT
// The table of files with generated content, for the monitor's `cat`.
//
// Most names and formats are those of Linux's /proc; `man 5 proc` explains the columns.
// Linux: proc_create_seq() calls all over the tree.

#include <kernel/irq.h>
#include <kernel/proc.h>
#include <lib/string.h>
#include <mm/alloc_sites.h>
#include <mm/procinfo.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

// One row per line, so that parallel changes do not conflict.
// clang-format off
const struct proc_file proc_files[] = {
	{ "alloc_sites", alloc_sites_show },
	{ "buddyinfo", buddyinfo_show },
	{ "interrupts", irq_show },
	{ "iomem", iomem_show },
	{ "ioports", ioports_show },
	{ "meminfo", meminfo_show },
	{ "slabinfo", slabinfo_show },
	{ "vmallocinfo", vmallocinfo_show },
	{ "vmstat", vmstat_show },
	{ "zoneinfo", zoneinfo_show },
	{ NULL, NULL },
};
// clang-format on

const struct proc_file *proc_find(const char *name)
{
	if (strncmp(name, "/proc/", 6) == 0)
		name += 6;
	for (const struct proc_file *file = proc_files; file->name; file++)
		if (strcmp(file->name, name) == 0)
			return file;
	return NULL;
}
