// SPDX-License-Identifier: MIT
// Random runs against a model: the test knows what it holds and what it wrote there.

#include <kernel/ktest.h>
#include <lib/util.h>

#include "random.h"
#include "slab_state.h"

SUITE("slab_random");

#define MOST 200

// What is held, and the bytes that stand in it: a number of its own in every word, and in each end.
static struct {
	struct kmem_cache *cache[6];
	struct {
		u32 *p;
		size_t size;
		u32 key;
		struct kmem_cache *cache; // NULL: from kmalloc
	} held[MOST];
	u32 random, next_key;
	unsigned long in_use[6];
} model;

static void fill_object(unsigned int i)
{
	model.held[i].key = ++model.next_key * 2654435761u;
	for (size_t n = 0; n < model.held[i].size / 4; n++)
		model.held[i].p[n] = model.held[i].key + n;
	for (size_t n = model.held[i].size & ~3UL; n < model.held[i].size; n++)
		((u8 *)model.held[i].p)[n] = model.held[i].key;
}

// Whether the first `size` bytes are as they were written.
static bool object_intact(unsigned int i, size_t size)
{
	for (size_t n = 0; n < size / 4; n++)
		if (model.held[i].p[n] != model.held[i].key + n)
			return false;
	if (size < model.held[i].size)
		return true;
	for (size_t n = size & ~3UL; n < size; n++)
		if (((u8 *)model.held[i].p)[n] != (u8)model.held[i].key)
			return false;
	return true;
}

static void hold_object(unsigned int i, void *p, size_t size, struct kmem_cache *cache)
{
	EXPECT_NE(p, NULL);
	model.held[i].p = p;
	model.held[i].size = p ? size : 0;
	model.held[i].cache = cache;
	fill_object(i);
}

static u32 slab_below(u32 n)
{
	return random_below(&model.random, n);
}

// ---- Caches ------------------------------------------------------------------------------------

static void allocate_object(unsigned int i)
{
	const u32 c = slab_below(ARRAY_SIZE(model.cache));
	struct kmem_cache *s = model.cache[c];

	hold_object(i, kmem_cache_alloc(s, slab_below(2) ? GFP_KERNEL : GFP_ATOMIC), s->object_size,
		    s);
	model.in_use[c]++;
}

static void give_object(unsigned int i)
{
	EXPECT_TRUE(object_intact(i, model.held[i].size));
	for (size_t c = 0; c < ARRAY_SIZE(model.cache); c++)
		model.in_use[c] -= model.cache[c] == model.held[i].cache;
	kmem_cache_free(model.held[i].cache, model.held[i].p);
	model.held[i].p = NULL;
}

static void recount(void)
{
	slab_check();
	for (size_t c = 0; c < ARRAY_SIZE(model.cache); c++) {
		EXPECT_EQ(kmem_cache_active(model.cache[c]), model.in_use[c]);
		EXPECT_EQ(kmem_cache_validate(model.cache[c]), 0);
	}
}

static void create_caches(const slab_flags_t *flags)
{
	static const unsigned int size[] = { 7, 32, 100, 200, 600, 3000 };
	static const unsigned int align[] = { 0, 32, 0, 64, 8, 0 };

	for (size_t c = 0; c < ARRAY_SIZE(model.cache); c++) {
		model.in_use[c] = 0;
		model.cache[c] = kmem_cache_create("random", size[c], align[c], flags[c], NULL);
		EXPECT_NE(model.cache[c], NULL);
	}
}

static void run_caches(unsigned int steps)
{
	for (unsigned int step = 1; step <= steps; step++) {
		const u32 i = slab_below(MOST);

		if (model.held[i].p)
			give_object(i);
		else
			allocate_object(i);
		if (slab_below(300) == 0)
			kmem_cache_shrink(model.cache[slab_below(ARRAY_SIZE(model.cache))]);
		if (slab_below(200) == 0)
			slab_drain();
		if (step % 500 == 0)
			recount();
	}
	for (unsigned int i = 0; i < MOST; i++)
		if (model.held[i].p)
			give_object(i);
	recount();
	for (size_t c = 0; c < ARRAY_SIZE(model.cache); c++)
		EXPECT_EQ(kmem_cache_destroy(model.cache[c]), 0);
}

static void cache_test(const slab_flags_t *flags, u32 seed, unsigned int steps)
{
	const unsigned long errors = slab_errors;

	slab_state_begin();
	model.random = seed;
	create_caches(flags);
	run_caches(steps);
	EXPECT_EQ(slab_errors, errors);
	slab_state_end();
}

TEST("S152 a random run over six caches: every object keeps what its owner wrote, all is given "
     "back")
{
	static const slab_flags_t plain[ARRAY_SIZE(model.cache)] = { 0 };

	cache_test(plain, 896, 3000);
}

TEST("S156 the same with debug flags in all mixtures: no report, the same result")
{
	static const slab_flags_t mixed[ARRAY_SIZE(model.cache)] = {
		SLAB_RED_ZONE,           SLAB_POISON,      SLAB_STORE_USER | SLAB_RED_ZONE,
		SLAB_CONSISTENCY_CHECKS, SLAB_DEBUG_FLAGS, SLAB_POISON | SLAB_CONSISTENCY_CHECKS,
	};

	cache_test(mixed, 1, 1500);
}

// ---- kmalloc -----------------------------------------------------------------------------------

// Mostly small sizes, a few of many pages.
static size_t random_kmalloc_size(void)
{
	return 1 + slab_below(slab_below(40) == 0 ? 100000 : 1u << (3 + slab_below(11)));
}

static void resize_held_object(unsigned int i)
{
	const size_t size = random_kmalloc_size(), keep = min(size, model.held[i].size);
	void *p = krealloc(model.held[i].p, size, GFP_KERNEL);

	EXPECT_NE(p, NULL);
	if (!p)
		return;
	model.held[i].p = p;
	EXPECT_TRUE(object_intact(i, keep));
	hold_object(i, p, size, NULL);
}

static void step_kmalloc(unsigned int i)
{
	const size_t size = random_kmalloc_size();

	if (!model.held[i].p) {
		hold_object(i, kmalloc(size, slab_below(8) ? GFP_KERNEL : GFP_DMA | GFP_KERNEL),
			    size, NULL);
	} else if (slab_below(4) == 0) {
		resize_held_object(i);
	} else {
		EXPECT_TRUE(object_intact(i, model.held[i].size));
		EXPECT_GE(ksize(model.held[i].p), model.held[i].size);
		kfree(model.held[i].p);
		model.held[i].p = NULL;
	}
}

TEST("S184 S190 a random run of kmalloc, krealloc and kfree of 1 byte to 100 KB")
{
	const unsigned long errors = slab_errors;

	slab_state_begin();
	model.random = 4711;
	for (unsigned int step = 1; step <= 2000; step++) {
		step_kmalloc(slab_below(MOST / 2));
		if (step % 500 == 0)
			slab_check();
	}
	for (unsigned int i = 0; i < MOST; i++) {
		if (!model.held[i].p)
			continue;
		EXPECT_TRUE(object_intact(i, model.held[i].size));
		kfree(model.held[i].p);
		model.held[i].p = NULL;
	}
	EXPECT_EQ(slab_errors, errors);
	slab_state_end();
}
