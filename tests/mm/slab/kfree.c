// SPDX-License-Identifier: MIT
// kfree and ksize: of what kmalloc gave, and of what it did not.

#include <kernel/ktest.h>
#include <lib/util.h>

#include "log_watch.h"
#include "slab_state.h"

SUITE("kfree");

TEST("S160 S171 kfree gives every size back; kfree(NULL) does nothing")
{
	const unsigned long errors = slab_errors;

	slab_state_begin();
	kfree(NULL);
	kzfree(NULL);
	for (size_t size = 1; size <= KMALLOC_MAX_SIZE; size *= 4) {
		const unsigned long free = nr_free_pages(), active = slab_active_objects();
		void *p = kmalloc(size, GFP_KERNEL);

		ASSERT_NE(p, NULL);
		if (size <= KMALLOC_MAX_CACHE_SIZE)
			EXPECT_EQ(slab_active_objects(), active + 1);
		else
			EXPECT_EQ(nr_free_pages(), free - (1UL << get_order(size)));
		kfree(p);
		EXPECT_EQ(slab_active_objects(), active);
	}
	EXPECT_EQ(slab_errors, errors);
	slab_state_end();
}

TEST("S183 what is not freed stays taken: its cache counts it, and keeps its slab")
{
	struct kmem_cache *s = &kmalloc_caches[KMALLOC_NORMAL][kmalloc_index(300)];
	unsigned long active;
	void *leak;

	slab_state_begin();
	active = kmem_cache_active(s);
	leak = kmalloc(hide_size(300), GFP_KERNEL);
	ASSERT_NE(leak, NULL);
	EXPECT_EQ(kmem_cache_shrink(s), 0);
	EXPECT_EQ(kmem_cache_active(s), active + 1);
	EXPECT_TRUE(PageSlab(virt_to_page(leak)));
	kfree(leak);
	EXPECT_EQ(kmem_cache_active(s), active);
	slab_state_end();
}

static __noinline void *kmalloc_from_here(size_t size)
{
	void *p = kmalloc(size, GFP_KERNEL);

	barrier();
	return p;
}

static __noinline void free_from_here(void *p)
{
	kfree(p);
	barrier();
}

// Frees something for the second time. sites: whether its owners are remembered.
static void double_free(size_t size, bool sites, const char *text)
{
	const unsigned long errors = slab_errors;
	u8 *p, *stays;

	slab_state_begin();
	stays = kmalloc_from_here(hide_size(size)); // keeps the slab
	p = (u8 *)hide_size((size_t)kmalloc_from_here(hide_size(size)));
	ASSERT_TRUE(p && stays);
	free_from_here(p);
	log_watch_begin();
	kfree(p);
	EXPECT_EQ(slab_errors - errors, 1);
	EXPECT_EQ(log_seen(text), 1);
	EXPECT_EQ(log_seen("taken by kmalloc_from_here"), sites);
	EXPECT_EQ(log_seen("freed by free_from_here"), sites);
	log_watch_end();
	kfree(stays);
	slab_state_end();
}

TEST("S176 a second kfree of whole pages is reported, with both call sites in a debug build")
{
	double_free(20000, CONFIG_DEBUG, "BUG: kfree(");
}

TEST("S176 a second kfree of an object is reported by a debug build, with both call sites")
{
	const slab_flags_t flags = kmalloc_caches[KMALLOC_NORMAL][7].flags;

	if (!(flags & SLAB_CONSISTENCY_CHECKS))
		SKIP("kmalloc's caches are not checked in a release build");
	double_free(100, flags & SLAB_STORE_USER, "double free");
}

TEST("S176 kfree and ksize inside of a block of pages: reported once each, nothing happens")
{
	unsigned long errors = slab_errors;
	u8 *p;

	slab_state_begin();
	p = (u8 *)hide_size((size_t)kmalloc(hide_size(20000), GFP_KERNEL));
	ASSERT_NE(p, NULL);
	log_watch_begin();
	kfree(p + PAGE_SIZE);
	EXPECT_EQ(slab_errors - errors, 1);
	kfree(p + 4);
	EXPECT_EQ(slab_errors - errors, 2);
	EXPECT_EQ(ksize(p + PAGE_SIZE), 0);
	EXPECT_EQ(slab_errors - errors, 3);
	EXPECT_EQ(ksize(p + 4), 0);
	EXPECT_EQ(slab_errors - errors, 4);
	log_watch_end();
	EXPECT_EQ(ksize(p), 32768);
	kfree(p);
	slab_state_end();
}

static u32 a_static_word;

TEST("S185 ksize() of what kmalloc never gave: one report, and 0")
{
	const unsigned long bad[] = { (unsigned long)&a_static_word, 0x1000, PAGE_OFFSET - 8,
				      LOWMEM_END, 0xfffffff0 };
	unsigned long errors = slab_errors;

	log_watch_begin();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(ksize((void *)bad[i]), 0);
		EXPECT_EQ(slab_errors - errors, i + 1);
		EXPECT_EQ(log_seen("BUG: ksize("), i + 1);
	}
	EXPECT_EQ(log_seen("no address that kmalloc gave"), ARRAY_SIZE(bad));
	log_watch_end();
}

TEST("S185 W21 a highmem frame has no address: the one that arithmetic would give it is no "
     "kmalloc's")
{
	const unsigned long errors = slab_errors;
	struct page *page;
	void *va;

	if (!populated_zone(&zones[ZONE_HIGHMEM]))
		SKIP("there is no highmem");
	slab_state_begin();
	page = alloc_page(GFP_HIGHUSER);
	ASSERT_NE(page, NULL);
	ASSERT_TRUE(PageHighMem(page));
	va = page_to_virt(page); // beyond lowmem, or wrapped around into user space
	log_watch_begin();
	EXPECT_EQ(ksize(va), 0);
	EXPECT_EQ(log_seen("no address that kmalloc gave"), 1);
	kfree(va);
	EXPECT_EQ(log_seen("no address that kmalloc gave"), 2);
	EXPECT_EQ(slab_errors - errors, 2);
	log_watch_end();
	EXPECT_EQ(page_ref_count(page), 1);
	__free_page(page);
	slab_state_end();
}
