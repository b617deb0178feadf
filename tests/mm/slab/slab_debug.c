// SPDX-License-Identifier: MIT
// Writing where or when one must not, and what a debug cache says of it: each mistake is reported exactly
// once, with who took and who freed the object, and mended.
//
// The caches here ask for their debug flags themselves, so that release builds test them too.

#include <abi/errno.h>
#include <kernel/cmdline.h>
#include <kernel/ktest.h>

#include "../../../mm/slab/slab.h"
#include "log_watch.h"
#include "slab_mistake.h"
#include "slab_state.h"

SUITE("slab_debug");

// ---- Writing where one must not ----------------------------------------------------------------

// Writes one byte of an object in use, which is noticed when it is freed.
static void overwrite(int byte, unsigned int reports, const char *text)
{
	u8 *object = hide(taker(mistake.cache));

	object[byte] = 0;
	kmem_cache_free(mistake.cache, object);
	mistake_reports(reports, text);
}

TEST("S156 one byte written behind the object is reported when it is freed; the last one is its "
     "own")
{
	mistake_begin(SLAB_DEBUG_FLAGS);
	overwrite(MISTAKE_SIZE - 1, 0, "BUG");
	overwrite(MISTAKE_SIZE, 1, "written behind its end: byte 40 of the object is 00, not cc");
	overwrite(MISTAKE_SIZE + 3, 1, "written behind its end: byte 43 ");
	mistake_end();
}

TEST("S156 one byte written before the object is reported too; the first one is its own")
{
	mistake_begin(SLAB_DEBUG_FLAGS);
	overwrite(0, 0, "BUG");
	overwrite(-1, 1, "written before its start: byte -1 of the object is 00, not cc");
	overwrite(-4, 1, "written before its start: byte -4 ");
	mistake_end();
}

TEST("S156 a long overrun is one report for the object that was overrun")
{
	u8 *object;

	mistake_begin(SLAB_DEBUG_FLAGS);
	object = hide(taker(mistake.cache));
	memset(object + MISTAKE_SIZE, 0, 4);
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 1);
	EXPECT_EQ(log_seen("taken by taker"), 1);
	mistake_reports(1, "written behind its end");
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 0); // mended
	kmem_cache_free(mistake.cache, object);
	mistake_reports(0, "BUG");
	mistake_end();
}

static void odd_size(unsigned int size, slab_flags_t flags)
{
	u8 *object;

	mistake.cache = kmem_cache_create("odd", size, 0, flags, NULL);
	ASSERT_NE(mistake.cache, NULL);
	object = hide(taker(mistake.cache));
	memset(object, 0, size);
	object[size] = 1;
	kmem_cache_free(mistake.cache, object);
	mistake_reports(1, "written behind its end");
	EXPECT_EQ(kmem_cache_destroy(mistake.cache), 0);
}

TEST("S156 objects of any size have a red zone right behind their last byte, with any other flag")
{
	mistake_begin(SLAB_DEBUG_FLAGS);
	EXPECT_EQ(kmem_cache_destroy(mistake.cache), 0);
	for (unsigned int size = 1; size <= 17; size++)
		odd_size(size, SLAB_DEBUG_FLAGS);
	odd_size(39, SLAB_RED_ZONE);
	odd_size(64, SLAB_RED_ZONE | SLAB_HWCACHE_ALIGN);
	odd_size(4096, SLAB_RED_ZONE | SLAB_POISON);
	odd_size(5000, SLAB_DEBUG_FLAGS);
	log_watch_end();
	slab_state_end();
}

// ---- Use after free ----------------------------------------------------------------------------

TEST("S156 a free object reads 0x6b and 0xa5 at its end, a new one 0x5a")
{
	unsigned int not_free = 0, not_new = 0;
	u8 *object;

	mistake_begin(SLAB_DEBUG_FLAGS);
	object = hide(taker(mistake.cache));
	for (int i = 0; i < MISTAKE_SIZE; i++)
		not_new += object[i] != POISON_INUSE;
	EXPECT_EQ(not_new, 0);
	memset(object, 0, MISTAKE_SIZE);
	kmem_cache_free(mistake.cache, object);
	for (int i = 0; i < MISTAKE_SIZE - 1; i++)
		not_free += object[i] != POISON_FREE;
	EXPECT_EQ(not_free, 0);
	EXPECT_EQ(object[MISTAKE_SIZE - 1], POISON_END);
	EXPECT_EQ(object[MISTAKE_SIZE], SLUB_RED_INACTIVE);
	EXPECT_EQ(object[-1], SLUB_RED_INACTIVE);
	mistake_end();
}

// Writes n bytes of a free object; whoever takes it next notices, and has a sound one.
static void write_freed(int byte, size_t n, const char *text)
{
	u8 *object = hide(taker(mistake.cache));

	first_free(mistake.cache, object);
	memset(object + byte, 0x11, n);
	EXPECT_EQ(taker(mistake.cache), object);
	EXPECT_EQ(log_seen("freed by first_free"), 1);
	EXPECT_EQ(log_seen("taken by taker"), 1);
	mistake_reports(1, text);
	kmem_cache_free(mistake.cache, object);
	mistake_reports(0, "BUG");
}

TEST("S156 a write after free is reported to the next owner, with who freed it: first, middle, "
     "last byte")
{
	mistake_begin(SLAB_DEBUG_FLAGS);
	write_freed(0, 1, "written to after it was freed: byte 0 of the object is 11, not 6b");
	write_freed(20, 1, "written to after it was freed: byte 20 ");
	write_freed(MISTAKE_SIZE - 1, 1,
		    "written to after it was freed: byte 39 of the object is 11, not a5");
	write_freed(0, MISTAKE_SIZE, "written to after it was freed: byte 0 ");
	write_freed(MISTAKE_SIZE, 1, "written behind its end: byte 40 of the object is 11, not bb");
	write_freed(-1, 1, "written before its start: byte -1 of the object is 11, not bb");
	mistake_end();
}

TEST("S156 kmem_cache_validate() finds what nobody has taken yet, and mends it")
{
	u8 *object[4];

	mistake_begin(SLAB_DEBUG_FLAGS);
	for (int i = 0; i < 4; i++)
		object[i] = hide(taker(mistake.cache));
	kmem_cache_free(mistake.cache, object[0]);
	kmem_cache_free(mistake.cache, object[2]);
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 0);
	mistake_reports(0, "BUG");
	object[0][5] = 1;
	object[2][5] = 1;
	object[3][MISTAKE_SIZE] = 1;
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 3);
	EXPECT_EQ(log_seen("written to after it was freed: byte 5"), 2);
	EXPECT_EQ(log_seen("written behind its end: byte 40"), 1);
	mistake_reports(3, "BUG debug test");
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 0);
	kmem_cache_free(mistake.cache, object[1]);
	kmem_cache_free(mistake.cache, object[3]);
	mistake_reports(0, "BUG");
	mistake_end();
}

// All objects of the cache's first slab.
static unsigned int take_slab(u8 **object)
{
	const unsigned int n = mistake.cache->objects;

	for (unsigned int i = 0; i < n; i++)
		object[i] = hide(taker(mistake.cache));
	return n;
}

static void forge_link(u8 *object, void *next)
{
	*(void **)(object + mistake.cache->offset) = next;
}

static u32 a_static_word;
static u8 *slab_objects_taken[PAGE_SIZE / MISTAKE_SIZE];

// Frees three objects of a slab, points the link of the last one to `next`, and takes it again.
static void follow_link(void *(*next)(u8 *object))
{
	u8 **object = slab_objects_taken;
	const unsigned int n = take_slab(object);

	for (unsigned int i = 0; i < 3; i++)
		kmem_cache_free(mistake.cache, object[i]);
	forge_link(object[2], next(object[2]));
	EXPECT_EQ(taker(mistake.cache), object[2]);
	mistake_reports(1, "written to after it was freed: the link leads to");
	EXPECT_EQ(kmem_cache_active(mistake.cache), n);
	kmem_cache_free(mistake.cache,
			object[0]); // nobody has taken these two: their red zones say so
	kmem_cache_free(mistake.cache, object[1]);
	mistake_reports(2, "written behind its end: byte 40 of the object is bb, not cc");
	for (unsigned int i = 2; i < n; i++)
		kmem_cache_free(mistake.cache, object[i]);
	mistake_reports(0, "BUG");
}

static void *out_of_slab(u8 *object)
{
	return &a_static_word;
}

static void *into_object(u8 *object)
{
	return object + 4;
}

static void *to_itself(u8 *object)
{
	return object;
}

TEST("S156 a link that leads astray is reported and not followed; what lay behind it counts as "
     "used")
{
	mistake_begin(SLAB_DEBUG_FLAGS);
	follow_link(out_of_slab);
	follow_link(into_object);
	follow_link(to_itself);
	mistake_end();
}

// ---- A broken list, found before anybody takes from it ------------------------------------------

// Takes a slab and frees all but its first object, so that the list begins with the last one.
static unsigned int free_most(u8 **object)
{
	const unsigned int n = take_slab(object);

	for (unsigned int i = 1; i < n; i++)
		kmem_cache_free(mistake.cache, object[i]);
	return n;
}

static void *inverted(u8 *object)
{
	return (void *)~(unsigned long)*(void **)(object + mistake.cache->offset);
}

// The list was ..., 4, 3, 2, 1: objects 4 and 3 stand before object 2.
static void *back(u8 *object)
{
	return slab_objects_taken[4];
}

static void validate_link(void *(*next)(u8 *object))
{
	u8 **object = slab_objects_taken;
	const unsigned int n = free_most(object);

	forge_link(object[2], next(object[2]));
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 1);
	mistake_reports(1, "written to after it was freed: the link leads to");
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 0);
	EXPECT_EQ(kmem_cache_active(mistake.cache), 1); // none was lost
	kmem_cache_free(mistake.cache, object[0]);
	EXPECT_EQ(take_slab(object), n);
	for (unsigned int i = 0; i < n; i++)
		kmem_cache_free(mistake.cache, object[i]);
	mistake_reports(0, "BUG");
}

TEST("S156 kmem_cache_validate() reports a broken link once, and no other object; it mends the "
     "list")
{
	static const slab_flags_t flags[] = { SLAB_POISON, SLAB_RED_ZONE, SLAB_DEBUG_FLAGS };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		mistake_begin(flags[i]);
		validate_link(inverted);
		validate_link(out_of_slab);
		validate_link(into_object);
		validate_link(to_itself);
		validate_link(back);
		mistake_end();
	}
}

TEST("S156 behind a broken link an object that was written to is reported as well, and counts as "
     "used")
{
	u8 **object = slab_objects_taken;
	unsigned int n;

	mistake_begin(SLAB_POISON);
	n = free_most(object);
	forge_link(object[3], object[3]);
	object[2][5] = 1; // nothing says any more that it is free
	kmem_cache_validate(mistake.cache);
	EXPECT_EQ(log_seen("the link leads to"), 1);
	EXPECT_EQ(kmem_cache_active(mistake.cache), 2);
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 0);
	mistake.errors = slab_errors;
	kmem_cache_free(mistake.cache, object[0]);
	kmem_cache_free(mistake.cache, object[2]);
	EXPECT_EQ(take_slab(object), n);
	for (unsigned int i = 0; i < n; i++)
		kmem_cache_free(mistake.cache, object[i]);
	mistake_end();
}

TEST("S156 a cache that knows no free object by its looks loses what lay behind a broken link")
{
	u8 **object = slab_objects_taken;
	unsigned int n;

	if (slab_debug_default != 0)
		SKIP("here every cache knows them");
	mistake_begin(SLAB_STORE_USER);
	n = free_most(object);
	forge_link(object[3], object[3]);
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 1);
	mistake_reports(1, "the link leads to");
	EXPECT_EQ(kmem_cache_active(mistake.cache), 3);
	for (unsigned int i = 0; i < 3; i++)
		kmem_cache_free(mistake.cache, object[i]);
	EXPECT_EQ(take_slab(object), n);
	for (unsigned int i = 0; i < n; i++)
		kmem_cache_free(mistake.cache, object[i]);
	mistake_end();
}

TEST("S156 kmem_cache_destroy() lists only objects in use, also when a link is broken")
{
	u8 **object = slab_objects_taken;

	mistake_begin(SLAB_DEBUG_FLAGS);
	free_most(object);
	forge_link(object[2], inverted(object[2]));
	EXPECT_EQ(kmem_cache_destroy(mistake.cache), -EBUSY);
	EXPECT_EQ(log_seen("1 objects are still in use"), 1);
	EXPECT_EQ(log_seen("  object "), 2); // it, and the one with the link
	mistake_reports(1, "the link leads to");
	kmem_cache_free(mistake.cache, object[0]);
	mistake_end();
}

// ---- Flags -------------------------------------------------------------------------------------

// Without SLAB_RED_ZONE nobody looks behind the object.
static void unwatched(unsigned int size)
{
	struct kmem_cache *s = kmem_cache_create("unwatched", size, 0, SLAB_POISON, NULL);
	u8 *object = hide(kmem_cache_alloc(s, GFP_KERNEL));

	object[size] = 1;
	kmem_cache_free(s, object);
	EXPECT_EQ(kmem_cache_validate(s), 0);
	mistake_reports(0, "BUG");
	EXPECT_EQ(kmem_cache_destroy(s), 0);
}

TEST("S156 each flag does its own part, and only that")
{
	u8 *object;

	mistake_begin(SLAB_POISON);
	if (slab_debug_default == 0) {
		unwatched(37); // three bytes behind it are nobody's
		object = hide(taker(mistake.cache));
		EXPECT_EQ(object[0], POISON_INUSE);
		object[MISTAKE_SIZE] = 0; // no red zone: that is the link's place
		kmem_cache_free(mistake.cache, object);
		EXPECT_EQ(object[MISTAKE_SIZE - 1], POISON_END);
		object[3] = 0;
		EXPECT_EQ(taker(mistake.cache), object);
		EXPECT_EQ(log_seen("taken by"), 0); // no owners
		mistake_reports(1, "written to after it was freed: byte 3");
		kmem_cache_free(mistake.cache, object);
	} else {
		EXPECT_EQ(mistake.cache->flags & SLAB_DEBUG_FLAGS,
			  slab_debug_default | SLAB_POISON);
	}
	mistake_end();
}

static slab_flags_t parsed_slab_flags(const char *letters)
{
	slab_flags_t flags = ~0u;

	EXPECT_EQ(slab_debug_parse(letters, &flags), 0);
	return flags;
}

TEST("S156 slab_debug=FZPU: a letter for each flag, none is all, - is none")
{
	slab_flags_t flags = 896;

	EXPECT_EQ(parsed_slab_flags("F"), SLAB_CONSISTENCY_CHECKS);
	EXPECT_EQ(parsed_slab_flags("Z"), SLAB_RED_ZONE);
	EXPECT_EQ(parsed_slab_flags("P"), SLAB_POISON);
	EXPECT_EQ(parsed_slab_flags("U"), SLAB_STORE_USER);
	EXPECT_EQ(parsed_slab_flags("PZ"), SLAB_POISON | SLAB_RED_ZONE);
	EXPECT_EQ(parsed_slab_flags("FZPU"), SLAB_DEBUG_FLAGS);
	EXPECT_EQ(parsed_slab_flags(""), SLAB_DEBUG_FLAGS);
	EXPECT_EQ(parsed_slab_flags("-"), 0);
	EXPECT_EQ(slab_debug_parse("FX", &flags), -EINVAL);
	EXPECT_EQ(slab_debug_parse("F-", &flags), -EINVAL);
	EXPECT_EQ(slab_debug_parse("f", &flags), -EINVAL);
	EXPECT_EQ(flags, 896);
}

TEST("S156 every cache has the flags that slab_debug= says: all in debug builds, none in release "
     "builds")
{
	slab_flags_t wanted = CONFIG_DEBUG ? SLAB_DEBUG_FLAGS : 0;
	struct kmem_cache *s;

	if (kernel_params.slab_debug && slab_debug_parse(kernel_params.slab_debug, &wanted) != 0)
		EXPECT_EQ(wanted, CONFIG_DEBUG ? SLAB_DEBUG_FLAGS : 0);
	EXPECT_EQ(slab_debug_default, wanted);
	list_for_each_entry (s, &slab_caches.list, list)
		EXPECT_EQ(s->flags & SLAB_DEBUG_FLAGS, wanted);
}
