// SPDX-License-Identifier: MIT
// The balance of memory: what a test took, it has given back.
//
// Owns: the figures from before the test that runs.

#include <kernel/ktest.h>
#include <kernel/thread_info.h>
#include <lib/format.h>
#include <mm/balance.h>
#include <mm/gfp.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

struct figures {
	unsigned long pages;   // free, in slabs, or page tables, which are kept
	unsigned long objects; // that slabs have handed out
	unsigned long mapped;  // kB in the page tables, above lowmem
	unsigned long areas;   // of vmalloc and its kin
	unsigned long threads;
};
static struct figures before;

static bool add_run(const struct pt_run *run, void *arg)
{
	*(unsigned long *)arg += run->size / SZ_1K;
	return true;
}

static struct figures take_figures(void)
{
	struct figures now = { .threads = nr_threads };

	vmalloc_drain();
	slab_drain();
	drain_all_pages();
	now.pages = nr_free_pages() + slab_pages() + page_tables_taken;
	now.objects = slab_active_objects();
	now.areas = vmalloc_areas();
	pt_for_each_run(kernel_root, LOWMEM_END, ~0UL, add_run, &now.mapped);
	return now;
}

static void begin(void)
{
	before = take_figures();
}

static const char *end(void)
{
	static char text[160];
	const struct figures now = take_figures();

	if (now.pages == before.pages && now.objects == before.objects &&
	    now.mapped == before.mapped && now.areas == before.areas &&
	    now.threads == before.threads)
		return NULL;
	snprintf(text, sizeof(text),
		 "%ld pages, %ld slab objects, %ld kB of mappings, %ld vmalloc areas, %ld threads "
		 "behind",
		 (long)(before.pages - now.pages), (long)(now.objects - before.objects),
		 (long)(now.mapped - before.mapped), (long)(now.areas - before.areas),
		 (long)(now.threads - before.threads));
	return text;
}

static void recount(void)
{
	buddy_check();
	slab_check();
	vmalloc_check();
}

const struct ktest_balance memory_balance = { begin, end, recount };
