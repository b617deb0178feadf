// SPDX-License-Identifier: MIT
// The balance of memory: a test must free all that it allocates.
//
// Owns: the figures from before the current test.

#include <kernel/ktest.h>
#include <kernel/printk.h>
#include <kernel/thread_info.h>
#include <lib/seq_buf.h>
#include <mm/balance.h>
#include <mm/highmem.h>
#include <mm/leak_owners.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

// Each figure grows with a leak.
enum figure { PAGES, OBJECTS, MAPPED, AREAS, THREADS, KMAPS, KMAP_LOCALS, NR_FIGURES };

static const char *const names[NR_FIGURES] = {
	[PAGES] = "pages", // not free, not in slabs; page tables are kept, so not counted
	[OBJECTS] = "slab objects",
	[MAPPED] = "kB of mappings", // above lowmem
	[AREAS] = "vmalloc areas",   [THREADS] = "threads",
	[KMAPS] = "kmaps",           [KMAP_LOCALS] = "kmap_locals",
};

struct figures {
	unsigned long n[NR_FIGURES];
};
static struct figures before;

// pt_count() is the fastest way past the many empty entries.
static unsigned long mapped_kb(void)
{
	struct pt_count count = { 0 };
	unsigned long kb = 0;

	pt_count(kernel_root, LOWMEM_END, ~0UL, &count);
	for (int level = 0; level < PT_LEVELS; level++)
		kb += count.leaves[level] * (pt_span(level) / SZ_1K);
	return kb;
}

static struct figures take_figures(void)
{
	struct figures now = { { 0 } };

	vmalloc_drain();
	slab_drain();
	kmap_flush_unused();
	drain_all_pages();
	now.n[PAGES] = 0 - (nr_free_pages() + slab_pages() + page_tables_taken);
	now.n[OBJECTS] = slab_active_objects();
	now.n[MAPPED] = mapped_kb();
	now.n[AREAS] = vmalloc_areas();
	now.n[THREADS] = nr_threads;
	now.n[KMAPS] = kmap_used();
	now.n[KMAP_LOCALS] = kmap_local_depth();
	return now;
}

static void leak_check_begin(void)
{
	before = take_figures();
	alloc_mark++;
}

static void print_leak(const char *text, void *arg)
{
	cprintf("# %s\n", text);
}

static const char *leak_check_end(void)
{
	static char text[160];
	const struct figures now = take_figures();
	struct seq_buf s;

	seq_buf_init(&s, text, sizeof(text));
	for (int i = 0; i < NR_FIGURES; i++)
		if (now.n[i] != before.n[i])
			seq_buf_printf(&s, "%s%ld %s", s.len ? ", " : "",
				       (long)(now.n[i] - before.n[i]), names[i]);
	if (now.n[KMAPS] != before.n[KMAPS] || now.n[KMAP_LOCALS] != before.n[KMAP_LOCALS])
		kmap_show(print_leak, NULL);
	if (now.n[PAGES] != before.n[PAGES] || now.n[OBJECTS] != before.n[OBJECTS])
		leak_owners_show(print_leak, NULL);
	if (s.len == 0)
		return NULL;
	seq_buf_printf(&s, " behind");
	return text;
}

static void leak_check_allocators(void)
{
	buddy_check_lists();
	slab_check();
	vmalloc_check();
}

const struct ktest_balance memory_balance = { leak_check_begin, leak_check_end,
					      leak_check_allocators, buddy_check };
