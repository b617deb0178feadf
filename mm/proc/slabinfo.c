// SPDX-License-Identifier: MIT
// /proc/slabinfo, version 2.1: a row for each cache.
//
// Linux: cache_show() in mm/slab_common.c.

#include <lib/format.h>

#include "../slab/slab.h"

void slabinfo_show(void (*line)(const char *text, void *arg), void *arg)
{
	struct kmem_cache *s;
	char text[160];

	line("slabinfo - version: 2.1", arg);
	line("# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : "
	     "tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> "
	     "<sharedavail>",
	     arg);
	list_for_each_entry (s, &slab_caches.list, list) {
		snprintf(text, sizeof(text),
			 "%-17s %6lu %6lu %6u %4u %4d : tunables %4u %4u %4u : slabdata %6lu %6lu "
			 "%6lu",
			 s->name, kmem_cache_active(s), s->total_objects, s->size, s->objects,
			 1 << s->order, 0, 0, 0, s->nr_slabs, s->nr_slabs, 0UL);
		line(text, arg);
	}
}
