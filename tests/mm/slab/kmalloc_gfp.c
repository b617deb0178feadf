// SPDX-License-Identifier: MIT
// kmalloc's flags: which zone, which context, how deep into the reserve.

#include <arch/cpu.h>
#include <kernel/context.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <mm/fault_inject.h>

#include "log_watch.h"
#include "page_chain.h"
#include "slab_state.h"

SUITE("kmalloc_gfp");

// By the paths for sizes known at run time only.
static void *kmalloc_runtime_size(size_t size, gfp_t gfp)
{
	__asm__ volatile("" : "+r"(size));
	return kmalloc(size, gfp);
}

static bool object_in_lowmem(const void *p, size_t size)
{
	return (unsigned long)p >= PAGE_OFFSET && (unsigned long)p + size <= LOWMEM_END &&
	       !PageHighMem(virt_to_page(p));
}

// ---- Zones -------------------------------------------------------------------------------------

static void lies_in_lowmem(gfp_t gfp)
{
	static const size_t sizes[] = { 10, 1000, 8192, 100000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *p = kmalloc_runtime_size(sizes[i], gfp);

		ASSERT_NE(p, NULL);
		EXPECT_TRUE(object_in_lowmem(p, sizes[i]));
		EXPECT_EQ(page_address(virt_to_page(p)),
			  (void *)ALIGN_DOWN((unsigned long)p, PAGE_SIZE));
		kfree(p);
	}
}

TEST("S158 S166 S174 kmalloc gives logical addresses of lowmem, with every flag of the page "
     "allocator")
{
	slab_state_begin();
	lies_in_lowmem(GFP_KERNEL);
	lies_in_lowmem(GFP_ATOMIC);
	lies_in_lowmem(GFP_NOWAIT);
	lies_in_lowmem(GFP_KERNEL | __GFP_ZERO);
	lies_in_lowmem(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	lies_in_lowmem(GFP_KERNEL | __GFP_NOFAIL);
	lies_in_lowmem(GFP_DMA);
	slab_state_end();
}

TEST("S168 W28 kmalloc(GFP_USER) is the kernel's memory, at a kernel address: user space never "
     "sees it")
{
	slab_state_begin();
	lies_in_lowmem(GFP_USER);
	slab_state_end();
}

static void warned(size_t size, gfp_t gfp)
{
	u8 *p;

	log_watch_begin();
	p = kmalloc_runtime_size(size, gfp);
	EXPECT_EQ(log_seen("make no sense here, dropped"), 1);
	log_watch_end();
	ASSERT_NE(p, NULL);
	EXPECT_TRUE(object_in_lowmem(p, size));
	kfree(p);
}

TEST("S158 S169 W22 kmalloc(__GFP_HIGHMEM) and kmalloc(GFP_HIGHUSER) warn once and give lowmem")
{
	slab_state_begin();
	warned(100, GFP_KERNEL | __GFP_HIGHMEM);
	warned(100000, GFP_KERNEL | __GFP_HIGHMEM);
	warned(100, GFP_HIGHUSER);
	warned(20000, GFP_HIGHUSER_MOVABLE);
	slab_state_end();
}

TEST("S179 W23 kmalloc(GFP_DMA32) warns and gives what there is: no such zone in 32 bits")
{
	slab_state_begin();
	warned(100, GFP_KERNEL | GFP_DMA32);
	warned(100000, GFP_KERNEL | GFP_DMA32);
	slab_state_end();
}

TEST("W22 flags that do not exist, and those that are no cache's, are dropped with one warning")
{
	struct kmem_cache *s;
	void *object;

	slab_state_begin();
	warned(100, GFP_KERNEL | BIT(20));
	warned(100000, GFP_KERNEL | BIT(31));
	s = kmem_cache_create("gfp test", 100, 0, 0, NULL);
	ASSERT_NE(s, NULL);
	log_watch_begin();
	object = kmem_cache_alloc(s, GFP_HIGHUSER);
	EXPECT_EQ(log_seen("make no sense here, dropped"), 1);
	log_watch_end();
	ASSERT_NE(object, NULL);
	EXPECT_TRUE(object_in_lowmem(object, 100));
	kmem_cache_free(s, object);
	EXPECT_EQ(kmem_cache_destroy(s), 0);
	slab_state_end();
}

TEST("S170 S179 kmalloc(GFP_DMA) lies in the first 16 MB of RAM, from caches of its own")
{
	static const size_t sizes[] = { 1, 100, 4096, 8192, 8193, SZ_1M };

	slab_state_begin();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *p = kmalloc_runtime_size(sizes[i], GFP_KERNEL | GFP_DMA);

		ASSERT_NE(p, NULL);
		EXPECT_EQ(page_zonenum(virt_to_page(p)), ZONE_DMA);
		EXPECT_LE((u64)__pa(p) + sizes[i], (u64)PHYS_OFFSET + 16 * SZ_1M);
		if (sizes[i] <= KMALLOC_MAX_CACHE_SIZE)
			EXPECT_EQ(virt_to_page(p)->slab_cache,
				  &kmalloc_caches[KMALLOC_DMA][kmalloc_index(sizes[i])]);
		kfree(p);
	}
	EXPECT_STREQ(kmalloc_caches[KMALLOC_DMA][7].name, "dma-kmalloc-128");
	EXPECT_STREQ(kmalloc_caches[KMALLOC_NORMAL][7].name, "kmalloc-128");
	slab_state_end();
}

// ---- Contexts ----------------------------------------------------------------------------------

static struct {
	bool in_interrupt;
	void *fresh, *large;
	unsigned long slabs;
} seen;

static struct kmem_cache *irq_cache;

static void interrupt_handler(void)
{
	seen.in_interrupt = in_interrupt();
	seen.fresh = kmem_cache_alloc(irq_cache, GFP_ATOMIC); // its first: pages are needed
	seen.large = kmalloc_runtime_size(50000, GFP_ATOMIC);
	kfree(seen.large);
	kfree(kmalloc_runtime_size(100, GFP_ATOMIC));
}

TEST("S167 S196 W27 in an interrupt kmalloc(GFP_ATOMIC) works and takes fresh pages; kfree works "
     "too")
{
	unsigned long reports = might_sleep_reports;

	slab_state_begin();
	irq_cache = kmem_cache_create("irq test", 200, 0, 0, NULL);
	ASSERT_NE(irq_cache, NULL);
	EXPECT_EQ(irq_cache->nr_slabs, 0);
	ktest_in_interrupt(interrupt_handler);
	EXPECT_TRUE(seen.in_interrupt);
	EXPECT_NE(seen.fresh, NULL);
	EXPECT_NE(seen.large, NULL);
	EXPECT_EQ(irq_cache->nr_slabs, 1);
	EXPECT_EQ(might_sleep_reports, reports);
	kmem_cache_free(irq_cache, seen.fresh);
	EXPECT_EQ(kmem_cache_destroy(irq_cache), 0);
	slab_state_end();
}

static void sleeping_handler(void)
{
	kfree(kzalloc(100, GFP_KERNEL));
}

TEST("S166 kmalloc(GFP_KERNEL) in an interrupt or with interrupts masked: a debug build reports "
     "each")
{
	const unsigned long reports = might_sleep_reports;
	unsigned long flags;

	slab_state_begin();
	kfree(kzalloc(100, GFP_KERNEL));
	EXPECT_EQ(might_sleep_reports, reports);
	log_watch_begin();
	ktest_in_interrupt(sleeping_handler);
	EXPECT_EQ(might_sleep_reports - reports, CONFIG_DEBUG ? 1 : 0);
	EXPECT_EQ(log_seen("sleeping function called from invalid context"), CONFIG_DEBUG);
	flags = local_irq_save();
	kfree(kzalloc(100, GFP_KERNEL));
	kfree(kzalloc(100, GFP_NOWAIT));
	kfree(kzalloc(100, GFP_ATOMIC));
	local_irq_restore(flags);
	EXPECT_EQ(might_sleep_reports - reports, CONFIG_DEBUG ? 2 : 0);
	EXPECT_EQ(log_seen("sleeping function called from invalid context"), 2 * CONFIG_DEBUG);
	log_watch_end();
	slab_state_end();
}

// ---- Little memory -----------------------------------------------------------------------------

TEST("S167 W27 when memory is low GFP_ATOMIC gets pages from the reserve that GFP_KERNEL may not "
     "touch")
{
	const unsigned long used = zones[ZONE_NORMAL].atomic_used + zones[ZONE_DMA].atomic_used;
	struct kmem_cache *s;
	void *object, *pages;
	PAGE_CHAIN(all);

	slab_state_begin();
	s = kmem_cache_create("reserve test", 200, 0, 0, NULL);
	ASSERT_NE(s, NULL);
	chain_take_all(&all, GFP_KERNEL | __GFP_NOWARN);
	EXPECT_EQ(kmem_cache_alloc(s, GFP_KERNEL | __GFP_NOWARN), NULL);
	EXPECT_EQ(kmalloc_runtime_size(8193, GFP_KERNEL | __GFP_NOWARN), NULL);
	object = kmem_cache_alloc(s, GFP_ATOMIC);
	pages = kmalloc_runtime_size(100, GFP_ATOMIC);
	EXPECT_NE(object, NULL);
	EXPECT_NE(pages, NULL);
	EXPECT_GT(zones[ZONE_NORMAL].atomic_used + zones[ZONE_DMA].atomic_used, used);
	kmem_cache_free(s, object);
	kfree(pages);
	chain_free(&all);
	EXPECT_EQ(kmem_cache_destroy(s), 0);
	slab_state_end();
}

TEST("S175 S185 kmalloc that fails gives NULL and one line in the log, none with __GFP_NOWARN")
{
	PAGE_CHAIN(all);

	slab_state_begin();
	chain_take_all(&all, GFP_KERNEL | __GFP_NOWARN);
	log_watch_begin();
	EXPECT_EQ(kmalloc_runtime_size(100000, GFP_KERNEL), NULL);
	EXPECT_EQ(log_seen("page allocation failure"), 1);
	EXPECT_EQ(kmalloc_runtime_size(100000, GFP_KERNEL | __GFP_NOWARN), NULL);
	EXPECT_EQ(log_seen("page allocation failure"), 1);
	log_watch_end();
	chain_free(&all);
	slab_state_end();
}

TEST("S175 failslab= fails kmalloc and kmem_cache_alloc as it says, and nothing else")
{
	void *p;

	slab_state_begin();
	ASSERT_EQ(fault_attr_parse(&failslab, "2,100,0,3"), 0); // every second one, three times
	for (int i = 1; i <= 10; i++) {
		p = kmalloc_runtime_size(100, GFP_KERNEL);
		EXPECT_EQ(p == NULL, i == 2 || i == 4 || i == 6);
		kfree(p);
	}
	ASSERT_EQ(fault_attr_parse(&failslab, "1,100,0,-1"), 0);
	EXPECT_EQ(kmalloc_runtime_size(100, GFP_KERNEL), NULL);
	EXPECT_EQ(kmalloc(100, GFP_KERNEL), NULL);
	p = kmalloc_runtime_size(8193, GFP_KERNEL); // pages
	EXPECT_NE(p, NULL);
	kfree(p);
	ASSERT_EQ(fault_attr_parse(&failslab, "1,0,0,-1"), 0);
	p = kmalloc_runtime_size(100, GFP_KERNEL);
	EXPECT_NE(p, NULL);
	kfree(p);
	slab_state_end();
}
