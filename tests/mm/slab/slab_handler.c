// SPDX-License-Identifier: MIT
// A cache's slab at hand and interrupt handlers: these take and give objects beside it.
//
// Rules: irq_depth says that a handler runs; interrupts are masked meanwhile, as in one.

#include <arch/cpu.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <lib/list.h>
#include <mm/slab.h>

SUITE("slab_handler");

static unsigned long handler_begin(void)
{
	unsigned long flags = local_irq_save();

	irq_depth++;
	return flags;
}

static void handler_end(unsigned long flags)
{
	irq_depth--;
	local_irq_restore(flags);
}

// A cache with one object in use and, where it keeps one, a slab at hand.
static struct kmem_cache *create_handler_cache(void **object)
{
	struct kmem_cache *s = kmem_cache_create("slab_handler", 64, 0, 0, NULL);

	*object = s ? kmem_cache_alloc(s, GFP_KERNEL) : NULL;
	return s;
}

TEST("an object taken in a handler comes from another slab than the one at hand")
{
	struct kmem_cache *s;
	void *first, *in_handler, *next;
	unsigned long flags;

	s = create_handler_cache(&first);
	ASSERT_NE(first, NULL);
	next = s->cpu_freelist;
	flags = handler_begin();
	in_handler = kmem_cache_alloc(s, GFP_ATOMIC);
	handler_end(flags);
	EXPECT_NE(in_handler, NULL);
	EXPECT_NE(in_handler, next);
	EXPECT_EQ(s->cpu_freelist, next);
	EXPECT_EQ(kmem_cache_active(s), 2);
	slab_check();
	kmem_cache_free(s, in_handler);
	kmem_cache_free(s, first);
	EXPECT_EQ(kmem_cache_active(s), 0);
	EXPECT_EQ(kmem_cache_destroy(s), 0);
}

TEST("an object of the slab at hand that a handler frees is counted, and handed out again")
{
	struct kmem_cache *s;
	void *first, *again = NULL;
	unsigned long flags;
	void *taken[64];
	size_t n = 0;

	s = create_handler_cache(&first);
	ASSERT_NE(first, NULL);
	flags = handler_begin();
	kmem_cache_free(s, first);
	handler_end(flags);
	EXPECT_EQ(kmem_cache_active(s), 0);
	slab_check();
	// As many as the slab holds: the one that was freed is among them, and no other slab is needed.
	for (; n < s->objects; n++) {
		taken[n] = kmem_cache_alloc(s, GFP_KERNEL);
		again = taken[n] == first ? first : again;
	}
	EXPECT_EQ(again, first);
	EXPECT_EQ(s->nr_slabs, 1);
	slab_check();
	while (n > 0)
		kmem_cache_free(s, taken[--n]);
	EXPECT_EQ(kmem_cache_destroy(s), 0);
}

TEST("draining and shrinking in a handler leave the slab at hand alone")
{
	struct kmem_cache *s;
	void *first, *next;
	unsigned long flags;

	s = create_handler_cache(&first);
	ASSERT_NE(first, NULL);
	next = s->cpu_freelist;
	flags = handler_begin();
	slab_drain();
	kmem_cache_shrink(s);
	handler_end(flags);
	EXPECT_EQ(s->cpu_freelist, next);
	slab_check();
	kmem_cache_free(s, first);
	EXPECT_EQ(kmem_cache_destroy(s), 0);
}

TEST("kzalloc clears an object that was at hand")
{
	u8 *p = kmalloc(64, GFP_KERNEL), *again;

	ASSERT_NE(p, NULL);
	memset(p, 0xff, 64);
	kfree(p);
	again = kzalloc(64, GFP_KERNEL);
	ASSERT_NE(again, NULL);
	for (size_t i = 0; i < 64; i++)
		EXPECT_EQ(again[i], 0);
	kfree(again);
}
