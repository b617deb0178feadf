// SPDX-License-Identifier: MIT
// Every allocation that an operation makes is failed once; then the operation fails cleanly, or
// does without, and everything is where it was. (Start-up: tests/boot/failnth.py.)

#include <abi/errno.h>
#include <drivers/pci.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/dma.h>
#include <mm/fault_inject.h>
#include <mm/fixmap.h>
#include <mm/gfp.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "free_state.h"
#include "log_watch.h"

SUITE("failnth");

#define NTH_MAX 200 // no operation here allocates so often: the walk goes wrong

// ---- The walk -----------------------------------------------------------------------------------

static void shrink_all(void)
{
	for (int type = 0; type < NR_KMALLOC_TYPES; type++)
		for (int i = 0; i < NR_KMALLOC_SIZES; i++)
			if (kmalloc_caches[type][i].size)
				kmem_cache_shrink(&kmalloc_caches[type][i]);
}

// What start-up has left in the kmalloc caches, partly used slabs, is filled up, so that an operation
// there needs fresh ones.
#define FILLERS_MAX 1000
static struct {
	void *object[FILLERS_MAX];
	int count;
} fillers;

static void fill_partial_slabs(void)
{
	shrink_all();
	for (int type = 0; type < NR_KMALLOC_TYPES; type++) {
		for (int i = 0; i < NR_KMALLOC_SIZES; i++) {
			struct kmem_cache *s = &kmalloc_caches[type][i];

			while (s->size && s->nr_partial > 0 && fillers.count < FILLERS_MAX) {
				fillers.object[fillers.count++] = kmem_cache_alloc(s, GFP_KERNEL);
				kmem_cache_shrink(s);
			}
		}
	}
	EXPECT_LT(fillers.count, FILLERS_MAX);
}

static void free_fillers(void)
{
	while (fillers.count > 0)
		kfree(fillers.object[--fillers.count]);
}

// Runs the operation with its n-th allocation failing. It gives back all it took, and returns
// whether it succeeded. *failed: whether there was an n-th allocation.
static bool run_failing(bool (*operation)(void), unsigned int n, bool *failed)
{
	bool succeeded;

	shrink_all(); // so that the operation needs fresh slabs
	log_watch_begin();
	fail_nth(n);
	succeeded = operation();
	*failed = fail_nth_done();
	fail_nth(0);
	log_watch_end();
	return succeeded;
}

// Fails each allocation of the operation. Returns how many there are; without one of them the
// operation must fail at least `must_fail` times.
static unsigned int walk(bool (*operation)(void), unsigned int must_fail)
{
	unsigned long objects;
	unsigned int n = 0, failures = 0;
	bool failed, succeeded;

	EXPECT_TRUE(
		operation()); // the first run may make what stays: a slab for the cache of caches
	fill_partial_slabs();
	objects = slab_active_objects();
	free_state_begin();
	do {
		succeeded = run_failing(operation, ++n, &failed);
		failures += !succeeded;
		if (!failed)
			EXPECT_TRUE(succeeded);
		shrink_all();
		EXPECT_EQ(slab_active_objects(), objects);
		free_state_end();
		slab_check();
	} while (failed && n < NTH_MAX);
	free_fillers();
	EXPECT_LT(n, NTH_MAX);
	EXPECT_GE(failures, must_fail);
	return n - 1;
}

// ---- Pages --------------------------------------------------------------------------------------

static bool take_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	if (page)
		__free_pages(page, order);
	return page;
}

static bool pages_kernel(void)
{
	return take_pages(GFP_KERNEL, 0);
}

static bool pages_large(void)
{
	return take_pages(GFP_KERNEL, 7);
}

static bool pages_dma(void)
{
	return take_pages(GFP_DMA, 2);
}

static bool pages_highuser(void)
{
	return take_pages(GFP_HIGHUSER | __GFP_ZERO, 1);
}

static bool pages_compound(void)
{
	return take_pages(GFP_ATOMIC | __GFP_COMP, 3);
}

static bool pages_by_address(void)
{
	unsigned long a = __get_free_pages(GFP_KERNEL, 2), b = get_zeroed_page(GFP_KERNEL);
	const bool ok = a && b;

	free_pages(a, 2);
	free_page(b);
	return ok;
}

TEST("alloc_pages: without its one allocation it returns NULL, in every zone")
{
	EXPECT_EQ(walk(pages_kernel, 1), 1);
	EXPECT_EQ(walk(pages_large, 1), 1);
	EXPECT_EQ(walk(pages_dma, 1), 1);
	EXPECT_EQ(walk(pages_highuser, 1), 1);
	EXPECT_EQ(walk(pages_compound, 1), 1);
}

TEST("__get_free_pages and get_zeroed_page: 0, and free_pages() takes it")
{
	EXPECT_EQ(walk(pages_by_address, 2), 2);
}

// ---- Slab and kmalloc ---------------------------------------------------------------------------

static size_t size;

static bool do_kmalloc(void)
{
	void *p = kmalloc(size, GFP_KERNEL);

	kfree(p);
	return p;
}

static bool do_kzalloc_dma(void)
{
	void *p = kzalloc(size, GFP_KERNEL | GFP_DMA);

	kfree(p);
	return p;
}

TEST("S175 kmalloc: every size class fails with NULL, and the next try works")
{
	for (size = 1; size <= KMALLOC_MAX_SIZE / 4; size *= 2) {
		// A slab: the object, then its pages, which may be had in smaller blocks.
		EXPECT_GE(walk(do_kmalloc, 1), size <= KMALLOC_MAX_CACHE_SIZE ? 2 : 1);
	}
	for (size = 64; size <= 4096; size *= 4)
		EXPECT_GE(walk(do_kzalloc_dma, 1), 2);
}

static bool do_krealloc(void)
{
	char *p = kmalloc(100, GFP_KERNEL), *larger;

	if (!p)
		return false;
	memset(p, 0x89, 100);
	larger = krealloc(p, 5000, GFP_KERNEL);
	if (larger)
		p = larger;
	for (int i = 0; i < 100; i++) // moved or not
		if (p[i] != (char)0x89)
			EXPECT_EQ(p[i], (char)0x89);
	kfree(p);
	return larger;
}

TEST("S164 krealloc: a failing call leaves the old block as it was")
{
	EXPECT_GE(walk(do_krealloc, 3), 4);
}

static bool do_copies(void)
{
	static const char text[] = "896";
	char *a = kstrdup(text, GFP_KERNEL), *b = kmemdup(text, sizeof(text), GFP_KERNEL);
	const bool ok = a && b;

	EXPECT_TRUE(!a || strcmp(a, text) == 0);
	EXPECT_TRUE(!b || strcmp(b, text) == 0);
	kfree(a);
	kfree_sensitive(b);
	return ok;
}

TEST("kstrdup and kmemdup: NULL, or the whole copy")
{
	EXPECT_GE(walk(do_copies, 2), 2);
}

static bool do_kcalloc(void)
{
	u32 *p = kcalloc(300, sizeof(*p), GFP_KERNEL);

	for (int i = 0; p && i < 300; i++)
		if (p[i] != 0)
			EXPECT_EQ(p[i], 0);
	kfree(p);
	return p;
}

TEST("kcalloc: NULL, or zeros")
{
	EXPECT_GE(walk(do_kcalloc, 1), 2);
}

static int constructed;

static void construct(void *object)
{
	*(u32 *)object = 0x896;
	constructed++;
}

// Objects enough for three slabs, then all is given back, the cache as well.
static bool do_cache(void)
{
	struct kmem_cache *s = kmem_cache_create("failnth", 700, 0, 0, construct);
	void *objects[100];
	unsigned int n = 0, want;

	if (!s)
		return false;
	want = min(2 * s->objects + 1U, (unsigned int)ARRAY_SIZE(objects));
	while (n < want && (objects[n] = kmem_cache_alloc(s, GFP_KERNEL)) != NULL) {
		EXPECT_EQ(*(u32 *)objects[n], 0x896);
		n++;
	}
	for (unsigned int i = 0; i < n; i++)
		kmem_cache_free(s, objects[i]);
	EXPECT_EQ(kmem_cache_destroy(s), 0);
	return n == want;
}

TEST("S152 kmem_cache_create, alloc and destroy: each allocation on the way may fail")
{
	EXPECT_GE(walk(do_cache, 5), 10);
	EXPECT_GT(constructed, 0);
}

// ---- vmalloc ------------------------------------------------------------------------------------

static bool do_vmalloc(void)
{
	u8 *p = vmalloc(40 * PAGE_SIZE - 5);

	if (p)
		p[0] = p[40 * PAGE_SIZE - 1] = 1;
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

	EXPECT_GE(walk(do_vmalloc, 42), 42); // the area, the list, each page
	EXPECT_GE(walk(do_vzalloc, 2), 2);
	EXPECT_GE(walk(do_vmap, 2), 2);
	EXPECT_GE(walk(do_kvmalloc, 0), 1);
	EXPECT_EQ(vmalloc_areas(), areas);
	EXPECT_EQ(vmalloc_mistakes, mistakes);
	vmalloc_check();
}

// Addresses whose page table nobody has needed yet, where the format makes tables on demand.
static bool do_far_vmalloc(void)
{
	struct vm_struct *below = get_vm_area(vmalloc_chunk() - SZ_1M, VM_IOREMAP);
	void *p = below ? vmalloc(2 * PAGE_SIZE) : NULL;

	vfree(p);
	if (below)
		free_vm_area(below);
	return p;
}

TEST("vmalloc: without memory for a page table NULL, and the pages are free again")
{
	const unsigned long areas = vmalloc_areas();
	unsigned long pages;
	unsigned int n = 0;
	bool failed, succeeded;

	shrink_all();
	drain_all_pages();
	pages = nr_free_pages() + slab_pages() + page_tables_taken;
	do {
		succeeded = run_failing(do_far_vmalloc, ++n, &failed);
		EXPECT_EQ(succeeded, !failed);
		EXPECT_EQ(vmalloc_areas(), areas);
		shrink_all();
		drain_all_pages();
		EXPECT_EQ(nr_free_pages() + slab_pages() + page_tables_taken, pages);
	} while (failed && n < NTH_MAX);
	EXPECT_GE(n, 5);
	EXPECT_LT(n, NTH_MAX);
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

	EXPECT_GE(walk(do_page_tables, least), least);
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

	EXPECT_GE(walk(do_pgd, 2), 2);
	EXPECT_EQ(pgd_counters.roots, roots);
}

// ---- Memory for devices ---------------------------------------------------------------------------

static bool do_dma(void)
{
	static struct dma_reach reach;
	static u32 word;
	dma_addr_t addr;

	dma_reach_init(&reach, "failnth");
	addr = dma_reach_map(&reach, &word, sizeof(word), DMA_TO_DEVICE, __RETURN_ADDRESS);
	if (addr == DMA_MAPPING_ERROR)
		return false;
	EXPECT_EQ(reach.mapped, 1);
	dma_reach_unmap(&reach, addr, sizeof(word), DMA_TO_DEVICE, __RETURN_ADDRESS);
	EXPECT_EQ(reach.mapped, 0);
	return true;
}

TEST("dma: without memory for a debug build's note the mapping works all the same, and is not "
     "reported")
{
	const unsigned long mistakes = dma_mistakes;

	walk(do_dma, 0);
	EXPECT_EQ(dma_mistakes, mistakes);
}

// ---- What needs no memory -----------------------------------------------------------------------

static irqreturn_t no_handler(int irq, void *dev)
{
	return IRQ_NONE;
}

static bool do_request_irq(void)
{
	if (request_irq(7, no_handler, 0, "failnth", &tables) != 0)
		return false;
	free_irq(7, &tables);
	return true;
}

static bool do_fixmap(void)
{
	const u32 *word = set_fixmap(FIX_TEST, __pa(&tables.count), PAGE_KERNEL_RO);
	const bool ok = *word == (u32)tables.count;

	clear_fixmap(FIX_TEST);
	return ok;
}

TEST("request_irq() and a slot of the fixmap need no memory, so nothing can fail")
{
	EXPECT_EQ(walk(do_request_irq, 0), 0);
	EXPECT_EQ(walk(do_fixmap, 0), 0);
}

// ---- A bus --------------------------------------------------------------------------------------

static u32 bus_read(const struct pci_host *host, unsigned int devfn, unsigned int where, int size)
{
	if (devfn > PCI_DEVFN(1, 0) || PCI_FUNC(devfn) != 0)
		return ~0U;
	return where == PCI_VENDOR_ID ? 0x08961896 : 0;
}

static void bus_write(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		      u32 value)
{
}

static bool do_pci(void)
{
	static struct pci_host host = { .name = "PCI Bus 0896:00",
					.read = bus_read,
					.write = bus_write };
	const int count = pci_host_register(&host);

	EXPECT_TRUE(count == 2 || count == -ENOMEM);
	if (count < 0)
		return false;
	pci_host_unregister(&host);
	return true;
}

TEST("pci: without memory for one of a bus's devices none is registered, and nothing stays")
{
	EXPECT_GE(walk(do_pci, 1), 1);
}
