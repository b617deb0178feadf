// SPDX-License-Identifier: MIT
// The slabs of a cache: full, partial and empty ones, and where their pages come from.

#include <kernel/ktest.h>
#include <lib/util.h>
#include <mm/fault_inject.h>

#include "slab_state.h"

SUITE("slab_lists");

static struct held held;

static unsigned int length(const struct list_head *list)
{
	unsigned int n = 0;

	for (const struct list_head *pos = list->next; pos != list; pos = pos->next)
		n++;
	return n;
}

static bool in_list(const struct list_head *list, const struct page *slab)
{
	for (const struct list_head *pos = list->next; pos != list; pos = pos->next)
		if (pos == &slab->lru)
			return true;
	return false;
}

// ---- Lists -------------------------------------------------------------------------------------

TEST("S149 a cache has full slabs and partial ones; freeing into a full slab makes it partial")
{
	struct kmem_cache *s = held_begin(&held, 200, 0, 0, NULL);
	struct page *first;

	ASSERT_NE(s, NULL);
	held_take(&held, 2u * s->objects + 1);
	slab_drain();
	EXPECT_EQ(s->nr_slabs, 3);
	EXPECT_EQ(length(&s->full), 2);
	EXPECT_EQ(length(&s->partial), 1);
	EXPECT_EQ(s->nr_partial, 1);
	first = slab_of(held.object[0]);
	EXPECT_TRUE(in_list(&s->full, first));
	EXPECT_TRUE(in_list(&s->partial, slab_of(held.object[2 * s->objects])));
	EXPECT_EQ(slab_of(held.object[2 * s->objects])->inuse, 1);
	kmem_cache_free(s, held.object[0]);
	EXPECT_FALSE(in_list(&s->full, first));
	EXPECT_TRUE(in_list(&s->partial, first));
	EXPECT_EQ(first->inuse, s->objects - 1);
	EXPECT_EQ(kmem_cache_active(s), 2ul * s->objects);
	held.object[0] = held.object[--held.count];
	held_end(&held);
}

TEST("S149 partial slabs are filled before a new one is made")
{
	struct kmem_cache *s = held_begin(&held, 200, 0, 0, NULL);
	unsigned int objects;

	ASSERT_NE(s, NULL);
	objects = s->objects;
	held_take(&held, 4 * objects);
	slab_drain();
	for (unsigned int i = 1; i < 4; i++) { // a hole in three of four
		kmem_cache_free(s, held.object[i * objects]);
		held.object[i * objects] = held.object[--held.count];
	}
	EXPECT_EQ(length(&s->partial), 3);
	held_take(&held, 3);
	slab_drain();
	EXPECT_EQ(s->nr_slabs, 4);
	EXPECT_EQ(length(&s->partial), 0);
	held_take(&held, 1);
	EXPECT_EQ(s->nr_slabs, 5);
	held_end(&held);
}

TEST("S149 of empty slabs only a few are kept; the others go back to the page allocator at once")
{
	struct kmem_cache *s = held_begin(&held, 1000, 0, 0, NULL);
	unsigned long free;

	ASSERT_NE(s, NULL);
	free = nr_free_pages();
	held_take(&held, 12u * s->objects);
	EXPECT_EQ(s->nr_slabs, 12);
	EXPECT_EQ(nr_free_pages(), free - (12UL << s->order));
	held_give(&held, 0);
	slab_drain();
	EXPECT_EQ(s->nr_slabs, s->min_partial);
	EXPECT_EQ(nr_free_pages(), free - (s->nr_slabs << s->order));
	EXPECT_EQ(kmem_cache_active(s), 0);
	held_end(&held);
}

TEST("S149 the same where a slab has one object only: free, it is empty")
{
	struct kmem_cache *s = held_begin(&held, 32 * SZ_1K, 0, 0, NULL);
	unsigned long free;

	ASSERT_NE(s, NULL);
	EXPECT_EQ(s->objects, 1);
	free = nr_free_pages();
	EXPECT_EQ(held_take(&held, 12), 12);
	EXPECT_EQ(nr_free_pages(), free - (12UL << s->order));
	held_give(&held, 0);
	slab_drain();
	EXPECT_EQ(s->nr_slabs, s->min_partial);
	EXPECT_EQ(nr_free_pages(), free - (s->nr_slabs << s->order));
	held_end(&held);
}

TEST("S152 kmem_cache_shrink() gives empty slabs back, says how many pages, and leaves used ones")
{
	struct kmem_cache *s = held_begin(&held, 500, 0, 0, NULL);
	unsigned long free, pages;

	ASSERT_NE(s, NULL);
	held_take(&held, 3u * s->objects);
	held_give(&held, 1); // one object of the first slab stays
	free = nr_free_pages();
	pages = (s->nr_slabs - 1) << s->order;
	EXPECT_GT(pages, 0);
	EXPECT_EQ(kmem_cache_shrink(s), pages);
	EXPECT_EQ(nr_free_pages(), free + pages);
	EXPECT_EQ(s->nr_slabs, 1);
	EXPECT_EQ(kmem_cache_active(s), 1);
	EXPECT_EQ(kmem_cache_shrink(s), 0);
	slab_check();
	held_give(&held, 0);
	EXPECT_EQ(kmem_cache_shrink(s), 1UL << s->order);
	EXPECT_EQ(s->nr_slabs, 0);
	EXPECT_EQ(held_take(&held, 1), 1); // it goes on
	held_end(&held);
}

TEST("S152 kmem_cache_shrink() counts the slab at hand, too, where the lists have no room for it")
{
	struct kmem_cache *s = held_begin(&held, 500, 0, 0, NULL);
	unsigned long free, pages;

	ASSERT_NE(s, NULL);
	held_take(&held, (s->min_partial + 3u) * s->objects);
	held_give(&held, 0);
	free = nr_free_pages();
	pages = s->nr_slabs << s->order;
	EXPECT_GE(s->nr_slabs, s->min_partial);
	EXPECT_EQ(kmem_cache_shrink(s), pages);
	EXPECT_EQ(nr_free_pages(), free + pages);
	EXPECT_EQ(s->nr_slabs, 0);
	held_end(&held);
}

TEST("the objects taken are counted exactly, whatever lies at hand")
{
	struct kmem_cache *s = held_begin(&held, 60, 0, 0, NULL);
	const unsigned long all = slab_active_objects();

	ASSERT_NE(s, NULL);
	for (unsigned int i = 1; i <= 100; i++) {
		held_take(&held, 1);
		EXPECT_EQ(kmem_cache_active(s), i);
		if (i % 30 == 0)
			slab_drain();
	}
	EXPECT_EQ(slab_active_objects(), all + 100);
	held_give(&held, 41);
	EXPECT_EQ(kmem_cache_active(s), 41);
	slab_drain();
	EXPECT_EQ(kmem_cache_active(s), 41);
	slab_check();
	held_end(&held);
}

// ---- Little memory -----------------------------------------------------------------------------

TEST("S175 an allocation that fails gives NULL, and the next one goes on")
{
	struct kmem_cache *s = held_begin(&held, 80, 0, 0, NULL);

	ASSERT_NE(s, NULL);
	held_take(&held, 10);
	fail_nth(1);
	EXPECT_EQ(kmem_cache_alloc(s, GFP_KERNEL), NULL);
	fail_nth(0);
	EXPECT_EQ(kmem_cache_active(s), 10);
	EXPECT_EQ(held_take(&held, 10), 20);
	held_end(&held);
}

TEST("when there is no large block a slab is made of the smallest one that holds an object")
{
	struct kmem_cache *s = held_begin(&held, 600, 0, 0, NULL);

	ASSERT_NE(s, NULL);
	EXPECT_GT(s->order, 0);
	ASSERT_EQ(fault_attr_parse(&fail_page_alloc, "1,100,0,1"), 0); // the first request fails
	EXPECT_EQ(held_take(&held, 1), 1);
	ASSERT_EQ(fault_attr_parse(&fail_page_alloc, "1,0,0,-1"), 0);
	EXPECT_EQ(page_order(slab_of(held.object[0])), 0);
	EXPECT_EQ(slab_of(held.object[0])->objects, s->total_objects);
	EXPECT_EQ(s->total_objects, PAGE_SIZE / s->size);
	held_take(&held, 100); // slabs of both orders in one cache
	EXPECT_EQ(page_order(slab_of(held.object[99])), s->order);
	slab_check();
	held_end(&held);
}

TEST("a large block for a slab is only tried: __GFP_NOFAIL is for the smallest one that holds an "
     "object")
{
	struct kmem_cache *s = held_begin(&held, 600, 0, 0, NULL);

	ASSERT_NE(s, NULL);
	EXPECT_GT(s->order, 0);
	// Every request fails that may fail.
	ASSERT_EQ(fault_attr_parse(&fail_page_alloc, "1,100,0,-1"), 0);
	held.object[0] = kmem_cache_alloc(s, GFP_KERNEL | __GFP_NOFAIL);
	ASSERT_EQ(fault_attr_parse(&fail_page_alloc, "1,0,0,-1"), 0);
	ASSERT_NE(held.object[0], NULL);
	held.count = 1;
	EXPECT_EQ(page_order(slab_of(held.object[0])), s->min_order);
	held_end(&held);
}

TEST("S170 the objects of a SLAB_CACHE_DMA cache lie in ZONE_DMA")
{
	struct kmem_cache *s = held_begin(&held, 300, 0, SLAB_CACHE_DMA, NULL);

	ASSERT_NE(s, NULL);
	EXPECT_EQ(held_take(&held, 100), 100);
	for (unsigned int i = 0; i < held.count; i++)
		EXPECT_EQ(page_zonenum(virt_to_page(held.object[i])), ZONE_DMA);
	held_end(&held);
}

TEST("S170 a cache without that flag takes nothing from ZONE_DMA while there is other memory, "
     "whatever the caller says")
{
	struct kmem_cache *s = held_begin(&held, 300, 0, 0, NULL);
	struct page *slab;
	void *object;

	ASSERT_NE(s, NULL);
	object = kmem_cache_alloc(s, GFP_KERNEL | GFP_DMA | __GFP_COMP | __GFP_MOVABLE);
	ASSERT_NE(object, NULL);
	slab = slab_of(object);
	EXPECT_EQ(page_zonenum(slab), ZONE_NORMAL);
	EXPECT_FALSE(PageHead(slab));
	kmem_cache_free(s, object);
	held_end(&held);
}

// ---- Interrupt handlers ------------------------------------------------------------------------

static void take_and_give(void)
{
	for (int i = 0; i < 6; i++)
		kmem_cache_free(held.cache, held.object[--held.count]);
	for (int i = 0; i < 4; i++) {
		void *object = kmem_cache_alloc(held.cache, GFP_ATOMIC);

		if (object)
			held.object[held.count++] = object;
	}
}

TEST("S167 a handler may take and give objects of the slab that the interrupted code has at hand")
{
	struct kmem_cache *s = held_begin(&held, 100, 0, 0, NULL);
	unsigned int n;

	ASSERT_NE(s, NULL);
	n = s->objects / 2; // the slab at hand has used objects and free ones
	ASSERT_EQ(held_take(&held, n), n);
	held_write(&held, 100);
	ktest_in_interrupt(take_and_give);
	EXPECT_EQ(held.count, n - 2);
	EXPECT_EQ(kmem_cache_active(s), n - 2);
	slab_check();
	slab_drain(); // what the handler gave, and what is left at hand, become one list
	EXPECT_EQ(kmem_cache_active(s), n - 2);
	slab_check();
	held_take(&held, 2u * s->objects);
	held_write(&held, 100);
	EXPECT_EQ(held_wrong(&held, 100), 0);
	EXPECT_EQ(kmem_cache_active(s), held.count);
	EXPECT_EQ(s->total_objects, s->nr_slabs * s->objects);
	slab_check();
	held_end(&held);
}
