// SPDX-License-Identifier: MIT
// A random run of the page allocator, caches, kmalloc and vmalloc against a model. Every so often the
// allocators recount themselves; at the end all is as it was at the start.
//
// Usage: model OPERATIONS [SEED]. The same seed is the same run.

#include <arch/host/host.h>
#include <arch/host/os.h>
#include <kernel/console.h>
#include <kernel/machine.h>
#include <kernel/printk.h>
#include <lib/div64.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/pgtable.h>
#include <mm/vmalloc.h>

#include "../../mm/slab/slab.h"

#include "model.h"
#include "start.h"

struct model model;

static void step(void)
{
	struct block *b = &model.block[below(BLOCKS)];

	model.operations++;
	if (b->kind == NOTHING)
		block_take(b);
	else if (b->kind == KMALLOC && below(4) == 0)
		block_resize(b);
	else
		block_give(b);
	if (below(20000) == 0)
		kmem_cache_shrink(model.cache[below(CACHES)]);
}

// From time to time nearly all is given back, so that blocks merge and slabs go.
static void give_most(void)
{
	for (int i = 0; i < BLOCKS; i++)
		if (model.block[i].kind != NOTHING && below(50))
			block_give(&model.block[i]);
}

static void check_allocators(void)
{
	slab_check();
	buddy_check();
	vmalloc_check();
}

static void drain(void)
{
	struct kmem_cache *s;

	vmalloc_drain();
	slab_drain();
	list_for_each_entry (s, &slab_caches.list, list)
		kmem_cache_shrink(s);
	drain_all_pages();
}

// Free blocks of every zone and order, once all slabs are empty.
struct snapshot {
	unsigned long blocks[MAX_NR_ZONES][NR_PAGE_ORDERS], objects;
};

static struct snapshot take_snapshot(void)
{
	struct snapshot s;

	drain();
	for (int zone = 0; zone < MAX_NR_ZONES; zone++)
		for (int order = 0; order < NR_PAGE_ORDERS; order++)
			s.blocks[zone][order] = zones[zone].free_area[order].nr_free;
	for (int zone = 0; zone < MAX_NR_ZONES; zone++)
		s.blocks[zone][MAX_PAGE_ORDER] += zones[zone].pristine_blocks;
	s.objects = slab_active_objects();
	return s;
}

#define CHECK_EVERY     250000
#define GIVE_MOST_EVERY 1000000

static void run(unsigned long operations)
{
	for (unsigned long i = 1; i <= operations; i++) {
		step();
		if (i % CHECK_EVERY == 0)
			check_allocators();
		if (i % GIVE_MOST_EVERY == 0)
			give_most();
	}
	for (int i = 0; i < BLOCKS; i++)
		if (model.block[i].kind != NOTHING)
			block_give(&model.block[i]);
}

static void report(u64 ns)
{
	static const char *const names[] = { "pages", "kmalloc", "objects", "vmalloc" };

	for (int i = 0; i < ARRAY_SIZE(names); i++)
		cprintf("model: %-8s %9lu taken, %9lu given back\n", names[i],
			model.count[i + 1][0], model.count[i + 1][1]);
	cprintf("model: %lu operations in %llu ms, %lu found no memory, seed %llu: all is back\n",
		model.operations, div_u64(ns, 1000000), model.failed, model.seed);
}

int host_main(int argc, char **argv)
{
	u64 operations = 0, start;
	struct snapshot before, after;

	model.seed = 896;
	if (argc < 2 || parse_u64(argv[1], 0, &operations) != 0 || operations > ~0u ||
	    (argc > 2 && parse_u64(argv[2], 0, &model.seed) != 0)) {
		cprintf("usage: model OPERATIONS [SEED]\n");
		return EXIT_FAIL;
	}
	host_start_kernel();
	start = os_nanoseconds();
	model.state = model.seed * 0x9e3779b97f4a7c15ULL | 1;
	model.owner = kzalloc(max_pfn - min_low_pfn, GFP_KERNEL);
	EXPECT(model.owner != NULL);
	for (unsigned long va = VMALLOC_START; va < VMALLOC_END; va += SZ_1M) // tables are kept
		EXPECT(pt_slot(kernel_root, va, page_table_alloc) != NULL);
	before = take_snapshot();
	create_caches();
	run((unsigned long)operations);
	EXPECT(model.live == 0);
	destroy_caches();
	after = take_snapshot();
	check_allocators();
	EXPECT(memcmp(&before, &after, sizeof(before)) == 0);
	EXPECT(tlb_stale() == 0);
	report(os_nanoseconds() - start);
	return 0;
}
