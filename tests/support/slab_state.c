// SPDX-License-Identifier: MIT
// What the slab allocator holds, to the last object and page.

#include <kernel/ktest.h>

#include "../../mm/slab/slab.h"
#include "free_state.h"
#include "slab_state.h"

static unsigned long start_objects, start_pages;

static void shrink_all(void)
{
	struct kmem_cache *s;

	list_for_each_entry (s, &slab_caches.list, list)
		kmem_cache_shrink(s);
}

void slab_state_begin(void)
{
	shrink_all();
	start_objects = slab_active_objects();
	start_pages = slab_pages();
	free_state_begin();
}

void slab_state_end(void)
{
	shrink_all();
	EXPECT_EQ(slab_active_objects(), start_objects);
	EXPECT_EQ(slab_pages(), start_pages);
	slab_check();
	free_state_end();
}

unsigned int held_take(struct held *held, unsigned int n)
{
	for (; n > 0 && held->count < HELD_MOST; n--) {
		void *object = kmem_cache_alloc(held->cache, GFP_KERNEL);

		if (!object)
			break;
		held->object[held->count++] = object;
	}
	return held->count;
}

void held_give(struct held *held, unsigned int from)
{
	while (held->count > from)
		kmem_cache_free(held->cache, held->object[--held->count]);
}

struct kmem_cache *held_begin(struct held *held, unsigned int size, unsigned int align,
			      slab_flags_t flags, void (*ctor)(void *object))
{
	slab_state_begin();
	held->count = 0;
	held->cache = kmem_cache_create("slab test", size, align, flags, ctor);
	EXPECT_NE(held->cache, NULL);
	return held->cache;
}

void held_end(struct held *held)
{
	held_give(held, 0);
	EXPECT_EQ(kmem_cache_destroy(held->cache), 0);
	slab_state_end();
}

static u8 object_pattern(unsigned int object, unsigned int byte)
{
	return object * 37 + byte;
}

void held_write(struct held *held, unsigned int size)
{
	for (unsigned int i = 0; i < held->count; i++)
		for (unsigned int byte = 0; byte < size; byte++)
			((u8 *)held->object[i])[byte] = object_pattern(i, byte);
}

unsigned int held_wrong(const struct held *held, unsigned int size)
{
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < held->count; i++)
		for (unsigned int byte = 0; byte < size; byte++)
			wrong += ((u8 *)held->object[i])[byte] != object_pattern(i, byte);
	return wrong;
}
