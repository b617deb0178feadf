// SPDX-License-Identifier: MIT
// Caches of equal objects: how a slab is cut up, and what is in the objects.

#include <kernel/ktest.h>
#include <lib/util.h>

#include "slab_state.h"

SUITE("slab");

struct widget {
	u32 serial;
	char name[36];
};

struct gadget {
	u64 weight;
	u8 colour;
};

static struct held held;

// ---- Objects -----------------------------------------------------------------------------------

static void objects_of(unsigned int size, unsigned int align)
{
	const unsigned int n = size < 1000 ? 40 : 5;

	if (!held_begin(&held, size, align, 0, NULL))
		return;
	EXPECT_EQ(held_take(&held, n), n);
	for (unsigned int i = 0; i < held.count; i++)
		EXPECT_TRUE(IS_ALIGNED((unsigned long)held.object[i], align ? align : 4));
	held_write(&held, size);
	EXPECT_EQ(held_wrong(&held, size), 0);
	held_end(&held);
}

TEST("S152 objects of every size and alignment are distinct: each keeps what was written to it")
{
	static const unsigned int sizes[] = { 1, 3, 4, 20, 64, 100, 192, 1000, 4096, 5000, 20000 };
	static const unsigned int aligns[] = { 0, 8, 64, 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t j = 0; j < ARRAY_SIZE(aligns); j++)
			objects_of(sizes[i], aligns[j]);
}

TEST("S148 a slab is contiguous frames divided in equal objects")
{
	struct kmem_cache *s = held_begin(&held, 100, 0, 0, NULL);
	const struct page *slab;
	unsigned long first, seen = 0;

	ASSERT_NE(s, NULL);
	ASSERT_EQ(held_take(&held, s->objects), s->objects);
	slab = slab_of(held.object[0]);
	first = (unsigned long)held.object[0];
	for (unsigned int i = 0; i < held.count; i++) {
		const unsigned long va = (unsigned long)held.object[i];

		EXPECT_EQ(slab_of(held.object[i]), slab);
		EXPECT_GE(va, (unsigned long)page_to_virt(slab));
		EXPECT_LE(va + 100, (unsigned long)page_to_virt(slab) + (PAGE_SIZE << s->order));
		EXPECT_EQ((va - first) % s->size, 0);
		seen += va - first;
	}
	// Each multiple of the size once: 0 + 1 + ... + n-1.
	EXPECT_EQ(seen, s->size * (s->objects * (s->objects - 1UL) / 2));
	EXPECT_EQ(held_take(&held, 1), s->objects + 1u);
	EXPECT_NE(slab_of(held.object[s->objects]), slab);
	held_end(&held);
}

TEST("S152 from any byte of an object its cache is two loads away: every page names head and cache")
{
	struct kmem_cache *s = held_begin(&held, 2500, 0, 0, NULL);
	const struct page *slab;

	ASSERT_NE(s, NULL);
	ASSERT_EQ(held_take(&held, 1), 1);
	slab = slab_of(held.object[0]);
	EXPECT_GT(page_order(slab), 0);
	for (const struct page *page = slab; page < slab + (1UL << page_order(slab)); page++) {
		EXPECT_TRUE(PageSlab(page));
		EXPECT_EQ(page->head, slab);
		EXPECT_EQ(page->slab_cache, s);
	}
	held_end(&held);
	for (unsigned int i = 0; i < 1u << page_order(slab); i++)
		EXPECT_FALSE(PageSlab(slab + i));
}

TEST("S151 each type has a cache of its own: no slab holds objects of two, whatever their sizes")
{
	struct kmem_cache *other;
	void *theirs[20];

	ASSERT_NE(held_begin(&held, 40, 0, 0, NULL), NULL);
	other = kmem_cache_create("slab test 2", 40, 0, 0, NULL);
	ASSERT_NE(other, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++) {
		EXPECT_EQ(held_take(&held, 1), i + 1);
		theirs[i] = kmem_cache_alloc(other, GFP_KERNEL);
		EXPECT_EQ(virt_to_page(theirs[i])->slab_cache, other);
		EXPECT_EQ(virt_to_page(held.object[i])->slab_cache, held.cache);
	}
	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++)
		kmem_cache_free(other, theirs[i]);
	EXPECT_EQ(kmem_cache_destroy(other), 0);
	held_end(&held);
}

TEST("S152 W25 KMEM_CACHE() names struct kmem_cache after the type and takes its size and "
     "alignment")
{
	struct kmem_cache *widgets, *gadgets;

	slab_state_begin();
	widgets = KMEM_CACHE(widget, 0);
	gadgets = KMEM_CACHE(gadget, SLAB_POISON);
	ASSERT_TRUE(widgets && gadgets);
	EXPECT_STREQ(widgets->name, "widget");
	EXPECT_EQ(widgets->object_size, sizeof(struct widget));
	EXPECT_STREQ(gadgets->name, "gadget");
	EXPECT_EQ(gadgets->object_size, sizeof(struct gadget));
	EXPECT_TRUE(IS_ALIGNED(gadgets->size, __alignof__(struct gadget)));
	EXPECT_TRUE(gadgets->flags & SLAB_POISON);
	EXPECT_EQ(kmem_cache_destroy(widgets), 0);
	EXPECT_EQ(kmem_cache_destroy(gadgets), 0);
	slab_state_end();
}

TEST("S147 40-byte objects take a small part of what a page for each would")
{
	struct kmem_cache *s = held_begin(&held, 40, 0, 0, NULL);
	unsigned long before, pages;

	ASSERT_NE(s, NULL);
	before = slab_pages();
	ASSERT_EQ(held_take(&held, 500), 500);
	pages = slab_pages() - before;
	EXPECT_EQ(pages, s->nr_slabs << s->order);
	EXPECT_LE(pages, (500 / s->objects + 1UL) << s->order);
	EXPECT_LT(pages, 500 / 10);
	if (!(s->flags & SLAB_DEBUG_FLAGS)) // without debug's bytes: hardly anything is lost
		EXPECT_LE(pages << PAGE_SHIFT, 500 * 40 + (PAGE_SIZE << s->order));
	held_end(&held);
}

static void line_aligned(unsigned int size, unsigned int align)
{
	if (!held_begin(&held, size, 0, SLAB_HWCACHE_ALIGN, NULL))
		return;
	EXPECT_EQ(held_take(&held, 50), 50);
	for (unsigned int i = 0; i < held.count; i++) {
		const unsigned long va = (unsigned long)held.object[i];

		EXPECT_TRUE(IS_ALIGNED(va, align));
		if (size <= L1_CACHE_BYTES)
			EXPECT_EQ(va / L1_CACHE_BYTES, (va + size - 1) / L1_CACHE_BYTES);
	}
	EXPECT_EQ(held.cache->align, align);
	held_end(&held);
}

TEST("S152 SLAB_HWCACHE_ALIGN: no object lies in more cache lines than it must, small ones share "
     "one")
{
	line_aligned(100, 64);
	line_aligned(64, 64);
	line_aligned(33, 64);
	line_aligned(32, 32);
	line_aligned(20, 32);
	line_aligned(16, 16);
	line_aligned(5, 8);
	line_aligned(2, CONFIG_KASAN ? 8 : 4);
}

TEST("S152 kmem_cache_zalloc() wipes what the last owner left")
{
	ASSERT_NE(held_begin(&held, 100, 0, 0, NULL), NULL);
	for (int round = 0; round < 3; round++) {
		u8 *object = kmem_cache_zalloc(held.cache, GFP_KERNEL);
		unsigned int not_zero = 0;

		ASSERT_NE(object, NULL);
		for (int i = 0; i < 100; i++)
			not_zero += object[i] != 0;
		EXPECT_EQ(not_zero, 0);
		memset(object, 0xff, 100);
		kmem_cache_free(held.cache, object);
	}
	held_end(&held);
}

TEST("the largest objects, of 2 MB, are alone in their slab")
{
	struct kmem_cache *s = held_begin(&held, KMALLOC_MAX_SIZE / 2, 0, 0, NULL);

	ASSERT_NE(s, NULL);
	ASSERT_EQ(held_take(&held, 1), 1);
	EXPECT_EQ(s->objects, 1);
	memset(held.object[0], 1, 100);
	memset((char *)held.object[0] + KMALLOC_MAX_SIZE / 2 - 100, 2, 100);
	held_end(&held);
}

// ---- Constructors ------------------------------------------------------------------------------

static u32 constructed;

static void construct_widget(void *object)
{
	struct widget *w = object;

	w->serial = ++constructed;
	memset(w->name, 'c', sizeof(w->name));
}

static void constructor_test(slab_flags_t flags)
{
	struct kmem_cache *s;
	u32 sum = 0, objects;

	constructed = 0;
	s = held_begin(&held, sizeof(struct widget), 0, flags, construct_widget);
	if (!s)
		return;
	EXPECT_EQ(constructed, 0);
	EXPECT_EQ(held_take(&held, 1), 1);
	objects = s->objects;
	EXPECT_EQ(constructed, objects);
	held_take(&held, objects - 1);
	EXPECT_EQ(constructed, objects);
	for (unsigned int i = 0; i < held.count; i++) {
		struct widget *w = held.object[i];

		sum += w->serial;
		EXPECT_EQ(w->name[35], 'c');
		w->name[0] = 'x';
	}
	EXPECT_EQ(sum, objects * (objects + 1) / 2);
	held_give(&held, 0);
	held_take(&held, objects); // the same objects, as they were left
	EXPECT_EQ(constructed, objects);
	for (unsigned int i = 0; i < held.count; i++) {
		struct widget *w = held.object[i];

		sum -= w->serial;
		EXPECT_EQ(w->name[0], 'x');
		EXPECT_EQ(w->name[1], 'c');
	}
	EXPECT_EQ(sum, 0);
	EXPECT_EQ(kmem_cache_validate(s), 0);
	held_end(&held);
}

TEST("S152 a constructor runs once for each object, when its slab is made; free objects keep their "
     "contents")
{
	constructor_test(0);
}

TEST("S152 S156 in a debug cache too: what is constructed is not poisoned")
{
	constructor_test(SLAB_DEBUG_FLAGS);
}
