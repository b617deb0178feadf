// SPDX-License-Identifier: MIT
// What page tables cost, without the allocators around them: vmalloc, kmap and ioremap pay these.

#include <kernel/bench.h>
#include <kernel/panic.h>
#include <mm/gfp.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>
#include <mm/vmalloc.h>

#define PAGES 256 // 1 MiB

static struct vm_struct *area;
static unsigned long window;
static struct page *pages[PAGES];
static pte_t *root;

static void map_bench_window(unsigned long count)
{
	BUG_ON(vm_slots_map(window, pages, count, PAGE_KERNEL) != 0);
}

static void unmap_bench_window(unsigned long count)
{
	struct tlb_gather g;

	tlb_gather_init(&g);
	BUG_ON(pt_unmap(kernel_root, window, count << PAGE_SHIFT, &g) != 0);
	tlb_gather_flush(&g);
}

// The tables are made here, and stay.
static void make_window(void)
{
	area = get_vm_area(PAGES * PAGE_SIZE, VM_MAP);
	BUG_ON(!area);
	window = (unsigned long)area->addr;
	for (int i = 0; i < PAGES; i++)
		pages[i] = pfn_to_page(min_low_pfn + i);
	map_bench_window(PAGES);
	unmap_bench_window(PAGES);
	root = pgd_alloc();
	BUG_ON(!root);
}

static void free_bench_window(void)
{
	pgd_load(kernel_root);
	pgd_free(root);
	free_vm_area(area);
}

BENCH_WITH("map one page, unmap it and flush", 100, make_window, free_bench_window)
{
	map_bench_window(1);
	unmap_bench_window(1);
}

BENCH_WITH("map 256 pages, unmap them and flush", 10, make_window, free_bench_window)
{
	map_bench_window(PAGES);
	unmap_bench_window(PAGES);
}

BENCH_WITH("store an entry and clear it, its slot known", 100, make_window, free_bench_window)
{
	static pte_t slot;

	pte_set(&slot, pte_mk_leaf(page_to_phys(pages[0]), PAGE_KERNEL, PT_LEVELS - 1));
	pte_set(&slot, 0);
}

BENCH_WITH("load another root, and the first again", 100, make_window, free_bench_window)
{
	pgd_load(root);
	pgd_load(kernel_root);
}
