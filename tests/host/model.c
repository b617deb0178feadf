// SPDX-License-Identifier: MIT
// A random run of the page allocator, caches, kmalloc and vmalloc against a model that is too simple to be
// wrong: a table of what is handed out, and an owner for each page.
//
// Every block carries a pattern over all it may use, checked when it goes; no page belongs to two
// owners; sizes, alignment, zones and zeroes are what was asked for; krealloc keeps contents. Every
// so often the allocators recount themselves; at the end all is as it was at the start.
// Usage: model OPERATIONS [SEED]. The same seed is the same run.

#include <arch/host/host.h>
#include <arch/host/os.h>
#include <kernel/console.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/div64.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "../../mm/slab.h"

#include "start.h"

enum kind { NOTHING, PAGES, KMALLOC, OBJECT, VMALLOC, NR_KINDS };

// What is handed out.
struct block {
	enum kind kind;
	void *p;            // NULL: highmem, which is not written to
	struct page *page;  // PAGES
	unsigned int order; // PAGES
	u32 size;           // bytes with the pattern
	u32 pattern;
	int cache; // OBJECT
};

#define BLOCKS 4096
#define CACHES 6

static struct {
	u64 state, seed;
	struct block block[BLOCKS];
	u8 *owner; // for each page: what kind of owner it has
	struct kmem_cache *cache[CACHES];
	unsigned long live, failed, operations;
	unsigned long count[NR_KINDS][2]; // by kind: taken, given back
} model;

#define EXPECT(cond)                                                                     \
	do {                                                                             \
		if (!(cond))                                                             \
			panic("model: operation %lu of seed %llu: %s", model.operations, \
			      model.seed, #cond);                                        \
	} while (0)

// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled".
static u32 random(void)
{
	model.state ^= model.state >> 12;
	model.state ^= model.state << 25;
	model.state ^= model.state >> 27;
	return (u32)(model.state * 2685821657736338717ULL >> 32);
}

static u32 below(u32 n)
{
	return (u32)((u64)random() * n >> 32);
}

// ---- Patterns -------------------------------------------------------------------------------------

// Words from both ends of large blocks, every byte of small ones.
#define PATTERN_WORDS 64

static u32 word_of(const struct block *b, u32 i)
{
	return b->pattern + i * 0x9e3779b9u;
}

static bool word_has_pattern(const struct block *b, u32 i)
{
	const u32 words = b->size / 4;

	return words <= 2 * PATTERN_WORDS || i < PATTERN_WORDS || i >= words - PATTERN_WORDS;
}

static u32 next_word(const struct block *b, u32 i)
{
	return word_has_pattern(b, i + 1) ? i + 1 : b->size / 4 - PATTERN_WORDS;
}

static void fill(struct block *b)
{
	u32 *words = b->p;
	u8 *bytes = b->p;

	b->pattern = random();
	for (u32 i = 0; i < b->size / 4; i = next_word(b, i))
		words[i] = word_of(b, i);
	for (u32 i = b->size & ~3u; i < b->size; i++)
		bytes[i] = (u8)(b->pattern + i);
}

static void check(const struct block *b, u32 size)
{
	const u32 *words = b->p;
	const u8 *bytes = b->p;

	for (u32 i = 0; i < b->size / 4 && i * 4 + 4 <= size; i = next_word(b, i))
		EXPECT(words[i] == word_of(b, i));
	for (u32 i = b->size & ~3u; i < b->size && i < size; i++)
		EXPECT(bytes[i] == (u8)(b->pattern + i));
}

static void expect_zero(const struct block *b)
{
	const u8 *bytes = b->p;

	for (u32 i = 0; i < b->size; i++)
		EXPECT(bytes[i] == 0);
}

// ---- Owners of pages ------------------------------------------------------------------------------

static void own(const struct page *page, unsigned int order, enum kind kind)
{
	u8 *owner = &model.owner[page - mem_map];

	for (unsigned long i = 0; i < 1UL << order; i++) {
		EXPECT(owner[i] == NOTHING);
		owner[i] = kind;
	}
}

static void disown(const struct page *page, unsigned int order, enum kind kind)
{
	u8 *owner = &model.owner[page - mem_map];

	for (unsigned long i = 0; i < 1UL << order; i++) {
		EXPECT(owner[i] == kind);
		owner[i] = NOTHING;
	}
}

// ---- Pages ----------------------------------------------------------------------------------------

static gfp_t random_gfp(void)
{
	static const gfp_t flags[] = { GFP_KERNEL, GFP_KERNEL, GFP_KERNEL, GFP_ATOMIC,
				       GFP_DMA,    GFP_USER,   GFP_NOWAIT, GFP_KERNEL | GFP_DMA };

	return flags[below(ARRAY_SIZE(flags))] | __GFP_NOWARN;
}

static void take_pages(struct block *b)
{
	const gfp_t gfp = below(4) ? random_gfp() : GFP_HIGHUSER | __GFP_NOWARN;
	// Half of all are single pages; each order more is half as frequent.
	const unsigned int order = min(__builtin_ctz(random() | 1u << 10), 10);
	const bool zero = below(8) == 0;
	struct page *page = alloc_pages(gfp | (zero ? __GFP_ZERO : 0), order);

	if (!page) {
		model.failed++;
		return;
	}
	EXPECT(IS_ALIGNED(page_to_pfn(page) - min_low_pfn, 1UL << order));
	EXPECT(page_zonenum(page) <= gfp_zone(gfp));
	EXPECT(page_ref_count(page) == 1);
	own(page, order, PAGES);
	*b = (struct block){ .kind = PAGES, .page = page, .order = order };
	if (PageHighMem(page))
		return;
	b->p = page_to_virt(page);
	b->size = PAGE_SIZE << order;
	if (zero)
		expect_zero(b);
	fill(b);
}

static void give_pages(struct block *b)
{
	disown(b->page, b->order, PAGES);
	if (b->p && below(2))
		free_pages((unsigned long)b->p, b->order);
	else
		__free_pages(b->page, b->order);
}

// ---- kmalloc --------------------------------------------------------------------------------------

static u32 random_size(void)
{
	switch (below(8)) {
	case 0: return below(20000);
	case 1: return 8192 - 8 + below(17); // where pages take over from caches
	case 2: return below(256) == 0 ? below(KMALLOC_MAX_SIZE) : below(65536);
	case 3: return 1u << below(13);
	default: return 1 + below(600);
	}
}

// What no cache holds owns its pages alone; krealloc may have left it where it was, larger than asked.
static bool owns_pages(const struct block *b)
{
	return b->size && ksize(b->p) > KMALLOC_MAX_CACHE_SIZE;
}

static void own_kmalloc(struct block *b)
{
	if (owns_pages(b))
		own(virt_to_page(b->p), get_order(ksize(b->p)), KMALLOC);
	else if (b->size)
		EXPECT(model.owner[virt_to_page(b->p) - mem_map] == NOTHING);
}

static void disown_kmalloc(struct block *b)
{
	if (owns_pages(b))
		disown(virt_to_page(b->p), get_order(ksize(b->p)), KMALLOC);
}

static void take_kmalloc(struct block *b)
{
	const u32 size = random_size();
	const gfp_t gfp = random_gfp();
	const bool zero = below(8) == 0;
	void *p = zero ? kzalloc(size, gfp) : kmalloc(size, gfp);

	if (!p) {
		model.failed++;
		return;
	}
	*b = (struct block){ .kind = KMALLOC, .p = p, .size = size };
	EXPECT(size == 0 ? p == ZERO_SIZE_PTR : IS_ALIGNED((unsigned long)p, 8));
	if (size > KMALLOC_MAX_CACHE_SIZE)
		EXPECT(ksize(p) == PAGE_SIZE << get_order(size));
	EXPECT(ksize(p) >= size);
	if ((gfp & GFP_DMA) && size)
		EXPECT(__pa(p) + size <= PHYS_OFFSET + ZONE_DMA_SIZE);
	own_kmalloc(b);
	if (zero)
		expect_zero(b);
	fill(b);
}

static void resize_kmalloc(struct block *b)
{
	const u32 size = random_size();
	void *p;

	check(b, b->size);
	disown_kmalloc(b);
	p = krealloc(b->p, size, GFP_KERNEL | __GFP_NOWARN);
	if (!p) { // the old block is as it was
		model.failed++;
		own_kmalloc(b);
		check(b, b->size);
		return;
	}
	b->p = p;
	check(b, min(b->size, size));
	b->size = size;
	own_kmalloc(b);
	fill(b);
}

static void give_kmalloc(struct block *b)
{
	disown_kmalloc(b);
	if (below(8) == 0)
		kfree_sensitive(b->p);
	else
		kfree(b->p);
}

// ---- Caches ---------------------------------------------------------------------------------------

static const struct {
	unsigned int size, align;
	slab_flags_t flags;
} shapes[CACHES] = {
	{ 24, 0, 0 },
	{ 100, 0, SLAB_HWCACHE_ALIGN },
	{ 700, 128, 0 },
	{ 3000, 0, 0 },
	{ 52, 4, SLAB_POISON | SLAB_RED_ZONE | SLAB_STORE_USER },
	{ 520, 0, SLAB_CACHE_DMA },
};

static void create_caches(void)
{
	static const char *const names[CACHES] = { "model-24",   "model-100", "model-700",
						   "model-3000", "model-52",  "model-520" };

	for (int i = 0; i < CACHES; i++) {
		model.cache[i] = kmem_cache_create(names[i], shapes[i].size, shapes[i].align,
						   shapes[i].flags, NULL);
		EXPECT(model.cache[i] != NULL);
	}
}

static void destroy_caches(void)
{
	for (int i = 0; i < CACHES; i++)
		EXPECT(kmem_cache_destroy(model.cache[i]) == 0);
}

static void take_object(struct block *b)
{
	const int i = (int)below(CACHES);
	const bool zero = below(8) == 0;
	const gfp_t gfp = random_gfp() & ~__GFP_DMA;
	void *p = zero ? kmem_cache_zalloc(model.cache[i], gfp)
		       : kmem_cache_alloc(model.cache[i], gfp);

	if (!p) {
		model.failed++;
		return;
	}
	*b = (struct block){ .kind = OBJECT, .p = p, .size = shapes[i].size, .cache = i };
	EXPECT(IS_ALIGNED((unsigned long)p, max(shapes[i].align, 4u)));
	EXPECT(model.owner[virt_to_page(p) - mem_map] == NOTHING);
	if (zero)
		expect_zero(b);
	fill(b);
}

static void give_object(struct block *b)
{
	kmem_cache_free(model.cache[b->cache], b->p);
}

// ---- vmalloc --------------------------------------------------------------------------------------

// Each of its pages has this owner alone, and is where the page tables say.
static void own_vmalloc(const struct block *b,
			void (*change)(const struct page *, unsigned int, enum kind))
{
	for (u32 at = 0; at < b->size; at += PAGE_SIZE) {
		const struct page *page = vmalloc_to_page((char *)b->p + at);

		EXPECT(page && page_ref_count(page) == 1);
		change(page, 0, VMALLOC);
	}
}

static void take_vmalloc(struct block *b)
{
	const u32 size = 1 + (below(8) ? below(4 * PAGE_SIZE) : below(SZ_1M));
	const bool zero = below(4) == 0;
	void *p = __vmalloc(size, GFP_KERNEL | __GFP_NOWARN | (zero ? __GFP_ZERO : 0));

	if (!p) {
		model.failed++;
		return;
	}
	*b = (struct block){ .kind = VMALLOC, .p = p, .size = size };
	EXPECT(is_vmalloc_addr(p) && get_vm_area_size(find_vm_area(p)) == ALIGN(size, PAGE_SIZE));
	own_vmalloc(b, own);
	if (zero)
		expect_zero(b);
	fill(b);
}

static void give_vmalloc(struct block *b)
{
	own_vmalloc(b, disown);
	vfree(b->p);
}

// ---- The run --------------------------------------------------------------------------------------

static void take(struct block *b)
{
	void (*const takes[])(struct block *) = { take_pages, take_kmalloc, take_kmalloc,
						  take_object };

	if (below(128) == 0) // each of its pages costs a fault here
		take_vmalloc(b);
	else
		takes[below(ARRAY_SIZE(takes))](b);
	model.live += b->kind != NOTHING;
	model.count[b->kind][0]++;
}

static void give(struct block *b)
{
	void (*const gives[])(struct block *) = { [PAGES] = give_pages,
						  [KMALLOC] = give_kmalloc,
						  [OBJECT] = give_object,
						  [VMALLOC] = give_vmalloc };

	check(b, b->p ? b->size : 0);
	gives[b->kind](b);
	model.count[b->kind][1]++;
	b->kind = NOTHING;
	model.live--;
}

static void step(void)
{
	struct block *b = &model.block[below(BLOCKS)];

	model.operations++;
	if (b->kind == NOTHING)
		take(b);
	else if (b->kind == KMALLOC && below(4) == 0)
		resize_kmalloc(b);
	else
		give(b);
	if (below(20000) == 0)
		kmem_cache_shrink(model.cache[below(CACHES)]);
}

// From time to time nearly all is given back, so that blocks merge and slabs go.
static void give_most(void)
{
	for (int i = 0; i < BLOCKS; i++)
		if (model.block[i].kind != NOTHING && below(50))
			give(&model.block[i]);
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
			give(&model.block[i]);
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
