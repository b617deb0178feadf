// SPDX-License-Identifier: MIT
// Fuzzing caches: any size, alignment, flags and constructor; objects taken and given back, some of
// them wrongly; shrinking and destroying at any time. A debug build (see fuzz_kmalloc.c).

#include <lib/string.h>
#include <mm/slab.h>

#include "fuzz.h"
#include "start.h"

#define OBJECTS 96
#define MARK    0x896896u

static struct object {
	u8 *p;
	u8 fill;
} objects[OBJECTS];

static struct {
	struct kmem_cache *s;
	unsigned int size, align;
	bool ctor;
} cache;

static unsigned long pages;

static void drain(void)
{
	slab_drain();
	drain_all_pages();
}

void fuzz_start(void)
{
	host_start_kernel();
	drain();
	pages = nr_free_pages() + slab_pages();
}

// Objects with a constructor keep its mark while nobody has them.
static void construct(void *p)
{
	memcpy(p, &(u32){ MARK }, sizeof(u32));
}

static bool marked(const void *p)
{
	return memcmp(p, &(u32){ MARK }, sizeof(u32)) == 0;
}

static void create(void)
{
	const slab_flags_t flags =
		fuzz_u32() & (SLAB_DEBUG_FLAGS | SLAB_HWCACHE_ALIGN | SLAB_CACHE_DMA);

	cache.size = fuzz_u8() & 1 ? fuzz_u8() : fuzz_u32() % (3 * SZ_1M);
	cache.align = fuzz_u8() & 1 ? 1u << fuzz_below(14) : fuzz_u8();
	cache.ctor = cache.size >= sizeof(u32) && fuzz_u8() & 1;
	cache.s = kmem_cache_create("fuzz", cache.size, cache.align, flags,
				    cache.ctor ? construct : NULL);
	BUG_ON(cache.s && cache.size == 0);
}

static void take(struct object *o)
{
	const bool zero = !cache.ctor && (fuzz_u8() & 1);
	u8 *p = zero ? kmem_cache_zalloc(cache.s, GFP_KERNEL)
		     : kmem_cache_alloc(cache.s, GFP_ATOMIC);

	if (!p)
		return;
	BUG_ON(cache.align && (unsigned long)p % cache.align != 0);
	BUG_ON((cache.s->flags & SLAB_CACHE_DMA) &&
	       __pa(p) + cache.size > PHYS_OFFSET + ZONE_DMA_SIZE);
	BUG_ON(cache.ctor && !marked(p));
	for (u32 i = 0; zero && i < cache.size; i++)
		BUG_ON(p[i] != 0);
	for (int i = 0; i < OBJECTS; i++)
		BUG_ON(objects[i].p && p < objects[i].p + cache.size &&
		       objects[i].p < p + cache.size);
	*o = (struct object){ p, fuzz_u8() };
	memset(p, o->fill, cache.size);
}

static void give(struct object *o)
{
	for (u32 i = 0; i < cache.size; i++)
		BUG_ON(o->p[i] != o->fill);
	if (cache.ctor)
		construct(o->p);
	kmem_cache_free(cache.s, o->p);
	o->p = NULL;
}

// An address inside of an object or in its slab, an object of another cache, a free object.
static void free_wrongly(const struct object *o)
{
	u8 *p = (u8 *)(unsigned long)fuzz_u32();

	if (o->p && fuzz_u8() & 1)
		p = o->p + (s32)fuzz_u32() % (s32)PAGE_SIZE;
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].p == p)
			return;
	kmem_cache_free(cache.s, p);
}

static unsigned long live(void)
{
	unsigned long n = 0;

	for (int i = 0; i < OBJECTS; i++)
		n += objects[i].p != NULL;
	return n;
}

void fuzz_one(void)
{
	create();
	if (!cache.s)
		return;
	while (fuzz_more()) {
		struct object *o = &objects[fuzz_below(OBJECTS)];

		switch (fuzz_u8() % 16) {
		case 0: kmem_cache_shrink(cache.s); break;
		case 1: free_wrongly(o); break;
		case 2:
			if (live())
				BUG_ON(kmem_cache_destroy(cache.s) == 0);
			break;
		default:
			if (o->p)
				give(o);
			else
				take(o);
		}
	}
	BUG_ON(kmem_cache_active(cache.s) != live());
	slab_check();
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].p)
			give(&objects[i]);
	BUG_ON(kmem_cache_destroy(cache.s) != 0);
	drain();
	slab_check();
	buddy_check();
	BUG_ON(nr_free_pages() + slab_pages() != pages);
}
