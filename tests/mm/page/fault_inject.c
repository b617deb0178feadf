// SPDX-License-Identifier: MIT
// Failure on purpose: it fails what it says and nothing else, and leaves nothing behind.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/util.h>
#include <mm/fault_inject.h>
#include <mm/gfp.h>
#include <mm/slab.h>

#include "free_state.h"

SUITE("fault_inject");

#define OFF "1,0,0,-1"

static void set(struct fault_attr *attr, const char *text)
{
	EXPECT_EQ(fault_attr_parse(attr, text), 0);
}

static bool page_fails(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_NOWARN);

	if (page)
		__free_page(page);
	return !page;
}

static bool kmalloc_fails(void)
{
	void *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	return !p;
}

// One bit for each of n tries, the first lowest: 1 is a failure.
static u32 failures(bool (*fails)(void), int n)
{
	u32 bits = 0;

	for (int i = 0; i < n; i++)
		bits |= (u32)fails() << i;
	return bits;
}

TEST("S175 failslab=1,100,0,-1 fails every kmalloc and every cache, and no page")
{
	struct kmem_cache *s = kmem_cache_create("fault_inject", 48, 0, 0, NULL);

	ASSERT_NE(s, NULL);
	set(&failslab, "1,100,0,-1");
	EXPECT_EQ(failures(kmalloc_fails, 32), ~0U);
	for (size_t size = 1; size <= KMALLOC_MAX_CACHE_SIZE; size *= 2) {
		void *larger = kcalloc(2, size / 2 + 1, GFP_KERNEL);

		EXPECT_EQ(kmalloc(size, GFP_KERNEL), NULL);
		EXPECT_EQ(kmalloc(size, GFP_ATOMIC), NULL);
		EXPECT_EQ(kmalloc(size, GFP_KERNEL | GFP_DMA), NULL);
		EXPECT_EQ(larger == NULL,
			  size < KMALLOC_MAX_CACHE_SIZE); // pages do not ask failslab
		kfree(larger);
	}
	EXPECT_EQ(kmem_cache_alloc(s, GFP_KERNEL), NULL);
	EXPECT_EQ(kmem_cache_zalloc(s, GFP_ATOMIC), NULL);
	EXPECT_EQ(failures(page_fails, 32), 0);
	set(&failslab, OFF);
	EXPECT_FALSE(kmalloc_fails());
	EXPECT_EQ(kmem_cache_destroy(s), 0);
}

TEST("fail_page_alloc=1,100,0,-1 fails every order, zone and way to ask for pages")
{
	free_state_begin();
	set(&fail_page_alloc, "1,100,0,-1");
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		EXPECT_EQ(alloc_pages(GFP_KERNEL | __GFP_NOWARN, order), NULL);
		EXPECT_EQ(alloc_pages(GFP_ATOMIC | __GFP_NOWARN, order), NULL);
		EXPECT_EQ(alloc_pages(GFP_HIGHUSER | __GFP_NOWARN, order), NULL);
		EXPECT_EQ(alloc_pages(GFP_DMA | __GFP_NOWARN, order), NULL);
		EXPECT_EQ(__get_free_pages(GFP_KERNEL | __GFP_NOWARN, order), 0);
	}
	EXPECT_EQ(get_zeroed_page(GFP_KERNEL | __GFP_NOWARN), 0);
	EXPECT_EQ(kmalloc(64 << 10, GFP_KERNEL | __GFP_NOWARN), NULL);
	set(&fail_page_alloc, OFF);
	EXPECT_FALSE(page_fails());
	free_state_end();
}

TEST("what lay at hand before, and what is freed while it is on, is not handed out past it")
{
	struct page *page[8];
	void *p[8];

	for (int i = 0; i < 8; i++) {
		page[i] = alloc_page(GFP_KERNEL);
		p[i] = kmalloc(64, GFP_KERNEL);
		ASSERT_TRUE(page[i] && p[i]);
	}
	for (int i = 0; i < 4; i++) {
		__free_page(page[i]);
		kfree(p[i]);
	}
	set(&fail_page_alloc, "1,100,0,-1");
	set(&failslab, "1,100,0,-1");
	EXPECT_EQ(failures(page_fails, 8), 0xff);
	EXPECT_EQ(failures(kmalloc_fails, 8), 0xff);
	for (int i = 4; i < 8; i++) {
		__free_page(page[i]);
		kfree(p[i]);
		EXPECT_TRUE(page_fails());
		EXPECT_TRUE(kmalloc_fails());
	}
	set(&fail_page_alloc, OFF);
	set(&failslab, OFF);
}

TEST("each allocation asks, also those that would come by the common path")
{
	set(&fail_page_alloc, "1000,1,0,-1");
	set(&failslab, "1000,1,0,-1");
	EXPECT_EQ(failures(page_fails, 20), 0);
	EXPECT_EQ(failures(kmalloc_fails, 30), 0);
	EXPECT_EQ(failslab.count, 30);
	EXPECT_GE(fail_page_alloc.count, 20); // and the slabs that the kmallocs needed
	set(&fail_page_alloc, OFF);
	set(&failslab, OFF);
}

TEST("switched off, freed pages lie at hand again, and nobody asks any more")
{
	struct page *page;
	struct zone *zone;
	int count;

	set(&fail_page_alloc, "1,100,0,-1");
	set(&fail_page_alloc, OFF);
	EXPECT_FALSE(fault_injection_active());
	page = alloc_page(GFP_KERNEL);
	ASSERT_NE(page, NULL);
	zone = page_zone(page);
	EXPECT_GT(zone->pcp[0].high, 0);
	EXPECT_GT(zone->pcp[0].batch, 0);
	count = zone->pcp[0].count;
	__free_page(page);
	EXPECT_EQ(zone->pcp[0].count, count + 1);
	EXPECT_EQ(alloc_page(GFP_KERNEL), page);
	__free_page(page);
	EXPECT_EQ(fail_page_alloc.count, 0);
	drain_all_pages();
}

TEST("switched off, a release build's caches keep a slab at hand again")
{
	struct kmem_cache *s = kmem_cache_create("fault_inject", 48, 0, 0, NULL);
	void *p;

	ASSERT_NE(s, NULL);
	set(&failslab, "1000,1,0,-1");
	p = kmem_cache_alloc(s, GFP_KERNEL);
	EXPECT_EQ(s->cpu_page, NULL);
	EXPECT_EQ(s->cpu_freelist, NULL);
	kmem_cache_free(s, p);
	set(&failslab, OFF);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	EXPECT_EQ(s->cpu_page == NULL, slab_debug_default != 0);
	kmem_cache_free(s, p);
	EXPECT_EQ(kmem_cache_destroy(s), 0);
}

TEST("interval: every third candidate fails")
{
	set(&failslab, "3,100,0,-1");
	EXPECT_EQ(failures(kmalloc_fails, 12), 0x924);
	set(&failslab, OFF);
}

TEST("space: the first five pass")
{
	set(&failslab, "1,100,5,-1");
	EXPECT_EQ(failures(kmalloc_fails, 12), 0xfe0);
	set(&failslab, OFF);
}

TEST("times: after two failures it is over; 0 is none at all, -1 no limit")
{
	set(&failslab, "1,100,0,2");
	EXPECT_EQ(failures(kmalloc_fails, 12), 3);
	set(&failslab, "1,100,0,0");
	EXPECT_EQ(failures(kmalloc_fails, 12), 0);
	set(&failslab, "1,100,0,-1");
	EXPECT_EQ(failures(kmalloc_fails, 12), 0xfff);
	set(&failslab, OFF);
}

TEST("interval, space and times together: two of every fourth behind the first three")
{
	set(&failslab, "4,100,3,2");
	EXPECT_EQ(failures(kmalloc_fails, 20), 1u << 6 | 1u << 10);
	set(&failslab, OFF);
}

TEST("probability: 0 never fails, 50 about half of the time, 100 always")
{
	int failed = 0;

	set(&failslab, "1,0,0,-1");
	EXPECT_EQ(failures(kmalloc_fails, 32), 0);
	set(&failslab, "1,50,0,-1");
	for (int i = 0; i < 1000; i++)
		failed += kmalloc_fails();
	EXPECT_GT(failed, 400);
	EXPECT_LT(failed, 600);
	set(&failslab, "1,100,0,-1");
	EXPECT_EQ(failures(kmalloc_fails, 32), ~0U);
	set(&failslab, OFF);
}

TEST("__GFP_NOFAIL is never failed on purpose")
{
	struct page *page;

	set(&fail_page_alloc, "1,100,0,-1");
	page = alloc_page(GFP_KERNEL | __GFP_NOFAIL);
	set(&fail_page_alloc, OFF);
	ASSERT_NE(page, NULL);
	__free_page(page);
}

TEST("malformed values are refused, and change nothing")
{
	static const char *const bad[] = {
		"",           "1",           "1,100",
		"1,100,0",    "1,100,0,",    "1,100,0,-1,",
		",,,",        "a,b,c,d",     "1,100,0,-1x",
		"1, 100,0,0", "-1,100,0,0",  "0,100,0,-1",
		"1,101,0,0",  "1,-1,0,0",    "1,100,-1,0",
		"1,100,0,-2", "1,100,0,--1", "+1,100,0,0",
		"1;100;0;0",  "0x1,1,1,1",   "99999999999,1,0,0",
		"1,100,0,-",
	};
	struct fault_attr attr = { .interval = 7, .probability = 0, .space = 8, .times = 9 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(fault_attr_parse(&attr, bad[i]), -EINVAL);
		EXPECT_EQ(attr.interval, 7);
		EXPECT_EQ(attr.space, 8);
		EXPECT_EQ(attr.times, 9);
	}
	set(&attr, "20,0,30,-1");
	EXPECT_EQ(attr.interval, 20);
	EXPECT_EQ(attr.space, 30);
	EXPECT_EQ(attr.times, -1);
}

TEST("fail-nth fails the n-th allocation, once, slab or page, and says so")
{
	struct page *page;

	fail_nth(3);
	EXPECT_FALSE(page_fails());
	EXPECT_FALSE(page_fails());
	EXPECT_FALSE(fail_nth_done());
	EXPECT_TRUE(page_fails());
	EXPECT_TRUE(fail_nth_done());
	EXPECT_EQ(failures(page_fails, 8), 0);
	EXPECT_EQ(fail_nth_count(), 11);
	fail_nth(1);
	EXPECT_TRUE(kmalloc_fails());
	EXPECT_FALSE(kmalloc_fails());
	fail_nth(0);
	EXPECT_FALSE(fail_nth_done());
	EXPECT_FALSE(fault_injection_active());
	page = alloc_page(GFP_KERNEL);
	EXPECT_NE(page, NULL);
	__free_page(page);
	EXPECT_EQ(fail_nth_count(), 0);
}
