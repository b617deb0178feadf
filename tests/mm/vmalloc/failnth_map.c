// SPDX-License-Identifier: MIT
// Every allocation that a mapping makes is failed once: of vmalloc, of page tables, of whole roots.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/util.h>
#include <mm/gfp.h>
#include <mm/ioremap.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "failnth_walk.h"
#include "hole.h"

SUITE("failnth_map");

// ---- vmalloc ------------------------------------------------------------------------------------

static bool do_vmalloc(void)
{
	u8 *p = vmalloc(40 * PAGE_SIZE - 5);

	if (p)
		p[0] = p[40 * PAGE_SIZE - 6] = 1;
	vfree(p);
	return p;
}

static bool do_vzalloc(void)
{
	u32 *p = vzalloc(PAGE_SIZE);

	EXPECT_TRUE(!p || (p[0] == 0 && p[1023] == 0));
	vfree(p);
	return p;
}

static bool do_kvmalloc(void)
{
	void *p = kvmalloc(5 * PAGE_SIZE, GFP_KERNEL);

	kvfree(p);
	return p;
}

static bool do_vmap(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 *p = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : NULL;

	vunmap(p);
	if (page)
		__free_page(page);
	return p;
}

TEST("S205 S206 vmalloc, vzalloc and vmap: without any one of their allocations NULL, and nothing "
     "is lost; kvmalloc finds another way")
{
	const unsigned long areas = vmalloc_areas(), mistakes = vmalloc_mistakes;

	EXPECT_GE(failnth_walk(do_vmalloc, 42), 42); // the area, the list, each page
	EXPECT_GE(failnth_walk(do_vzalloc, 2), 2);
	EXPECT_GE(failnth_walk(do_vmap, 2), 2);
	EXPECT_GE(failnth_walk(do_kvmalloc, 0), 1);
	EXPECT_EQ(vmalloc_areas(), areas);
	EXPECT_EQ(vmalloc_mistakes, mistakes);
	vmalloc_check();
}

// Leaves so much of the largest gap that the next area begins where no page table is yet. 0: the format
// makes all tables at start-up, or all were needed before.
static unsigned long far_size;

static void choose_far_size(void)
{
	struct vm_struct *probe = get_vm_area(vmalloc_chunk() / 2, VM_IOREMAP);
	unsigned long start;

	far_size = 0;
	ASSERT_NE(probe, NULL);
	start = (unsigned long)probe->addr;
	free_vm_area(probe);
	for (unsigned long va = ALIGN(start + SZ_1M, SZ_4M); va < VMALLOC_END - SZ_4M;
	     va += SZ_4M) {
		struct pt_step steps[PT_LEVELS];

		if (pt_walk(kernel_root, va, steps) == PT_LEVELS)
			continue;
		far_size = va - start - PAGE_SIZE;
		return;
	}
}

static bool do_far(void *(*map)(void), void (*unmap)(void *))
{
	struct vm_struct *below = far_size ? get_vm_area(far_size, VM_IOREMAP) : NULL;
	void *p = below || !far_size ? map() : NULL;

	unmap(p);
	if (below)
		free_vm_area(below);
	return p;
}

static void *far_vmalloc(void)
{
	return vmalloc(2 * PAGE_SIZE);
}

static void far_vfree(void *p)
{
	vfree(p);
}

static bool do_far_vmalloc(void)
{
	return do_far(far_vmalloc, far_vfree);
}

#define FAR_IO (16 * PAGE_SIZE) // too large for any smaller gap

static phys_addr_t far_io;

static void *far_ioremap(void)
{
	return (__force void *)ioremap(far_io, FAR_IO);
}

static void far_iounmap(void *p)
{
	iounmap((__force void __iomem *)p);
}

static bool do_far_ioremap(void)
{
	return do_far(far_ioremap, far_iounmap);
}

// Fails each allocation once, up to a success, which makes the table.
static void far_walk(bool (*operation)(void), unsigned int least)
{
	const unsigned long areas = vmalloc_areas(), tables = page_tables_taken;
	unsigned long pages;
	unsigned int n = 0;
	bool failed, succeeded;

	choose_far_size();
	failnth_shrink();
	drain_all_pages();
	pages = nr_free_pages() + slab_pages() + page_tables_taken;
	do {
		succeeded = failnth_run(operation, ++n, &failed);
		EXPECT_EQ(succeeded, !failed);
		EXPECT_EQ(vmalloc_areas(), areas);
		failnth_shrink();
		drain_all_pages();
		EXPECT_EQ(nr_free_pages() + slab_pages() + page_tables_taken, pages);
	} while (failed && n < NTH_MAX);
	EXPECT_EQ(page_tables_taken > tables, far_size != 0);
	EXPECT_GE(n, far_size ? least : least - 2); // the table; and the area below
	EXPECT_LT(n, NTH_MAX);
}

TEST("vmalloc: without memory for a page table NULL, and the pages are free again")
{
	far_walk(do_far_vmalloc, 5);
}

TEST("ioremap: without memory for a page table NULL, and its area is free again")
{
	far_io = hole(FAR_IO);
	far_walk(do_far_ioremap, 4);
}

// ---- Page tables --------------------------------------------------------------------------------

static struct {
	phys_addr_t table[16];
	size_t size[16];
	int count;
} tables;

static phys_addr_t table_alloc(size_t bytes)
{
	phys_addr_t pa = 0;

	if (tables.count < ARRAY_SIZE(tables.table))
		pa = page_table_alloc(bytes);
	if (pa) {
		tables.size[tables.count] = bytes;
		tables.table[tables.count++] = pa;
	}
	return pa;
}

static void free_tables(void)
{
	while (tables.count-- > 0)
		page_table_free(tables.table[tables.count], tables.size[tables.count]);
	tables.count = 0;
}

// Two pages far from each other, in an address space that no CPU uses.
static bool map_two(pte_t *root)
{
	static const unsigned long at[] = { 0x00400000, 0x40000000 };
	phys_addr_t pa;

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		int err = pt_map(root, at[i], __pa(&tables) & PAGE_MASK, PAGE_SIZE, PAGE_KERNEL,
				 table_alloc);

		EXPECT_TRUE(err == 0 || err == -ENOMEM);
		EXPECT_EQ(pt_query(root, at[i], &pa, NULL) >= 0, err == 0);
		if (err)
			return false;
		EXPECT_EQ(pt_unmap(root, at[i], PAGE_SIZE, NULL), 0);
	}
	return true;
}

static bool do_page_tables(void)
{
	const phys_addr_t root = table_alloc(pt_table_size(0));
	const bool ok = root && map_two(__va((unsigned long)root));

	free_tables();
	return ok;
}

TEST("pt_map: without memory for a table it fails with -ENOMEM, and maps nothing")
{
	// The root and, in every format, a table for each page at least. Small ones share a page.
	const int least = pt_table_size(PT_LEVELS - 1) < PAGE_SIZE ? 2 : 3;

	EXPECT_GE(failnth_walk(do_page_tables, least), least);
}

static bool do_pgd(void)
{
	pte_t *root = pgd_alloc();

	if (root)
		pgd_free(root);
	return root;
}

TEST("pgd_alloc: without memory for the root or for what is known of it NULL, and the list of "
     "roots is as it was")
{
	const unsigned long roots = pgd_counters.roots;

	EXPECT_GE(failnth_walk(do_pgd, 2), 2);
	EXPECT_EQ(pgd_counters.roots, roots);
}
