// SPDX-License-Identifier: MIT
// Every allocation that an operation with pages, slabs and kmalloc makes is failed once; then the operation
// fails cleanly, or does without, and everything is where it was. (Start-up: tests/boot/failnth.py.)

#include <kernel/ktest.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/gfp.h>
#include <mm/slab.h>

#include "failnth_walk.h"

SUITE("failnth");

// ---- Pages --------------------------------------------------------------------------------------

static bool try_alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	if (page)
		__free_pages(page, order);
	return page;
}

static bool pages_kernel(void)
{
	return try_alloc_pages(GFP_KERNEL, 0);
}

static bool pages_large(void)
{
	return try_alloc_pages(GFP_KERNEL, 7);
}

static bool pages_dma(void)
{
	return try_alloc_pages(GFP_DMA, 2);
}

static bool pages_highuser(void)
{
	return try_alloc_pages(GFP_HIGHUSER | __GFP_ZERO, 1);
}

static bool pages_compound(void)
{
	return try_alloc_pages(GFP_ATOMIC | __GFP_COMP, 3);
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
	EXPECT_EQ(failnth_walk(pages_kernel, 1), 1);
	EXPECT_EQ(failnth_walk(pages_large, 1), 1);
	EXPECT_EQ(failnth_walk(pages_dma, 1), 1);
	EXPECT_EQ(failnth_walk(pages_highuser, 1), 1);
	EXPECT_EQ(failnth_walk(pages_compound, 1), 1);
}

TEST("__get_free_pages and get_zeroed_page: 0, and free_pages() takes it")
{
	EXPECT_EQ(failnth_walk(pages_by_address, 2), 2);
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
	for (int i = 0; i < NR_KMALLOC_SIZES; i++) {
		size = kmalloc_caches[KMALLOC_NORMAL][i].object_size;
		if (size == 0)
			continue;
		// A slab: the object, then its pages, which may be had in smaller blocks.
		EXPECT_GE(failnth_walk(do_kmalloc, 1), 2);
		EXPECT_GE(failnth_walk(do_kzalloc_dma, 1), 2);
	}
	for (size = 2 * KMALLOC_MAX_CACHE_SIZE; size <= KMALLOC_MAX_SIZE / 4; size *= 2)
		EXPECT_GE(failnth_walk(do_kmalloc, 1), 1);
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
	EXPECT_GE(failnth_walk(do_krealloc, 3), 4);
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
	EXPECT_GE(failnth_walk(do_copies, 2), 2);
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
	EXPECT_GE(failnth_walk(do_kcalloc, 1), 2);
}

static int constructed;

static void construct_for_failnth(void *object)
{
	*(u32 *)object = 0x896;
	constructed++;
}

// Objects enough for three slabs, then all is given back, the cache as well.
static bool do_cache(void)
{
	struct kmem_cache *s = kmem_cache_create("failnth", 700, 0, 0, construct_for_failnth);
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
	EXPECT_GE(failnth_walk(do_cache, 5), 10);
	EXPECT_GT(constructed, 0);
}
