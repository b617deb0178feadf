// SPDX-License-Identifier: MIT
// What the allocators cost: an allocation and its free, which leave the lists as they were.

#include <kernel/bench.h>
#include <kernel/panic.h>
#include <mm/slab.h>

BENCH("kmalloc + kfree, 64 B, size known at compile time", 1000)
{
	kfree(kmalloc(64, GFP_KERNEL));
}

// A size that the compiler cannot know.
static volatile size_t some_size = 64;

BENCH("kmalloc + kfree, size not known", 1000)
{
	kfree(kmalloc(some_size, GFP_KERNEL));
}

static struct kmem_cache *cache;

static void create_bench_cache(void)
{
	cache = kmem_cache_create("bench-128", 128, 0, SLAB_PANIC, NULL);
}

static void destroy_cache(void)
{
	BUG_ON(kmem_cache_destroy(cache) != 0);
}

BENCH_WITH("kmem_cache_alloc + free, 128 B", 1000, create_bench_cache, destroy_cache)
{
	kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
}

BENCH("alloc_page + free, order 0", 1000)
{
	__free_page(alloc_page(GFP_KERNEL));
}

BENCH("alloc_pages + free, order 3", 1000)
{
	__free_pages(alloc_pages(GFP_KERNEL, 3), 3);
}

BENCH("64 KiB kmalloc + kfree", 1000)
{
	kfree(kmalloc(64 * SZ_1K, GFP_KERNEL));
}

// The pairs above find at hand what was just given back. These empty the lists at hand and fill them.
#define MANY 100

BENCH("100 kmallocs of 64 B, then 100 kfrees", 10)
{
	void *objects[MANY];

	for (int i = 0; i < MANY; i++)
		objects[i] = kmalloc(64, GFP_KERNEL);
	for (int i = 0; i < MANY; i++)
		kfree(objects[i]);
}

BENCH("100 alloc_page, then 100 free", 10)
{
	struct page *pages[MANY];

	for (int i = 0; i < MANY; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	for (int i = 0; i < MANY; i++)
		__free_page(pages[i]);
}
