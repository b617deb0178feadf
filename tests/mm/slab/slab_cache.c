// SPDX-License-Identifier: MIT
// Creating and destroying caches.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <mm/fault_inject.h>

#include "log_watch.h"
#include "slab_state.h"

SUITE("slab_cache");

static struct held held;

static __noinline void *take_one(struct kmem_cache *s)
{
	void *object = kmem_cache_alloc(s, GFP_KERNEL);

	barrier(); // no tail call: this function is the owner
	return object;
}

TEST("S152 kmem_cache_destroy() refuses while objects live, and lists each with who took it")
{
	struct kmem_cache *s = held_begin(&held, 72, 0, SLAB_STORE_USER, NULL);
	char text[40];
	void *a, *b, *c;

	ASSERT_NE(s, NULL);
	a = take_one(s);
	b = take_one(s);
	c = take_one(s);
	kmem_cache_free(s, b);
	log_watch_begin();
	EXPECT_EQ(kmem_cache_destroy(s), -EBUSY);
	EXPECT_EQ(log_seen("slab test): 2 objects are still in use"), 1);
	snprintf(text, sizeof(text), "object %px of", a);
	EXPECT_EQ(log_seen(text), 1);
	snprintf(text, sizeof(text), "object %px of", c);
	EXPECT_EQ(log_seen(text), 1);
	snprintf(text, sizeof(text), "object %px of", b);
	EXPECT_EQ(log_seen(text), 0);
	EXPECT_EQ(log_seen("taken by take_one"), 2);
	log_watch_end();
	held_take(&held, s->objects - 2); // a full slab's objects are listed as well
	log_watch_begin();
	EXPECT_EQ(kmem_cache_destroy(s), -EBUSY);
	EXPECT_EQ(log_seen("slab test): "), 1);
	EXPECT_EQ(log_seen("of cache slab test"), s->objects);
	log_watch_end();
	held_give(&held, 0);
	EXPECT_EQ(held_take(&held, 3), 3); // the cache is as it was
	kmem_cache_free(s, a);
	kmem_cache_free(s, c);
	held_end(&held);
}

TEST("kmem_cache_destroy(NULL) and kmem_cache_free(NULL) do nothing")
{
	const unsigned long errors = slab_errors;

	ASSERT_NE(held_begin(&held, 32, 0, 0, NULL), NULL);
	EXPECT_EQ(kmem_cache_destroy(NULL), 0);
	kmem_cache_free(held.cache, NULL);
	EXPECT_EQ(slab_errors, errors);
	held_end(&held);
}

static void refused(const char *name, unsigned int size, unsigned int align)
{
	log_watch_begin();
	EXPECT_EQ(kmem_cache_create(name, size, align, 0, NULL), NULL);
	EXPECT_EQ(log_seen("kmem_cache_create("), 1);
	log_watch_end();
}

TEST("S152 impossible caches are refused with a line that says which")
{
	slab_state_begin();
	refused("no size", 0, 0);
	refused("too large", KMALLOC_MAX_SIZE, 0);
	refused("negative", -1u, 0);
	refused("odd alignment", 32, 24);
	refused("alignment of two pages", 32, 2 * PAGE_SIZE);
	refused(NULL, 32, 0);
	slab_state_end();
}

TEST("a cache that cannot be created for lack of memory leaves nothing behind")
{
	slab_state_begin();
	log_watch_begin();
	fail_nth(1);
	EXPECT_EQ(kmem_cache_create("slab test", 32, 0, 0, NULL), NULL);
	EXPECT_TRUE(fail_nth_done());
	fail_nth(0);
	EXPECT_EQ(log_seen("kmem_cache_create(slab test)"), 1);
	log_watch_end();
	slab_state_end();
}
