// SPDX-License-Identifier: MIT
// The kinds of blocks of the model: pages, kmalloc, objects of caches, vmalloc. Sizes, alignment, zones and zeroes
// are what was asked for; krealloc keeps contents.

#include <arch/host/host.h>
#include <lib/util.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "model.h"

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
	const unsigned int order = min(__builtin_ctz(random_u32() | 1u << 10), 10);
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
		block_expect_zero(b);
	block_fill(b);
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
		block_expect_zero(b);
	block_fill(b);
}

void block_resize(struct block *b)
{
	const u32 size = random_size();
	void *p;

	block_check(b, b->size);
	disown_kmalloc(b);
	p = krealloc(b->p, size, GFP_KERNEL | __GFP_NOWARN);
	if (!p) { // the old block is as it was
		model.failed++;
		own_kmalloc(b);
		block_check(b, b->size);
		return;
	}
	b->p = p;
	block_check(b, min(b->size, size));
	b->size = size;
	own_kmalloc(b);
	block_fill(b);
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

void create_caches(void)
{
	static const char *const names[CACHES] = { "model-24",   "model-100", "model-700",
						   "model-3000", "model-52",  "model-520" };

	for (int i = 0; i < CACHES; i++) {
		model.cache[i] = kmem_cache_create(names[i], shapes[i].size, shapes[i].align,
						   shapes[i].flags, NULL);
		EXPECT(model.cache[i] != NULL);
	}
}

void destroy_caches(void)
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
		block_expect_zero(b);
	block_fill(b);
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
		block_expect_zero(b);
	block_fill(b);
}

static void give_vmalloc(struct block *b)
{
	own_vmalloc(b, disown);
	vfree(b->p);
}

void block_take(struct block *b)
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

void block_give(struct block *b)
{
	void (*const gives[])(struct block *) = { [PAGES] = give_pages,
						  [KMALLOC] = give_kmalloc,
						  [OBJECT] = give_object,
						  [VMALLOC] = give_vmalloc };

	block_check(b, b->p ? b->size : 0);
	gives[b->kind](b);
	model.count[b->kind][1]++;
	b->kind = NOTHING;
	model.live--;
}
