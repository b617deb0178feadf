// SPDX-License-Identifier: MIT
// The relatives of kmalloc that copy or wipe: krealloc, kfree_sensitive, kmemdup, kstrdup.

#include <kernel/ktest.h>
#include <mm/fault_inject.h>

#include "log_watch.h"
#include "slab_state.h"

SUITE("krealloc");

static void fill_bytes(u8 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = i * 7 + 1;
}

static bool bytes_kept(const u8 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != (u8)(i * 7 + 1))
			return false;
	return true;
}

static void krealloc_keeps(size_t from, size_t to)
{
	u8 *p = kmalloc(from, GFP_KERNEL);

	ASSERT_NE(p, NULL);
	fill_bytes(p, from);
	p = krealloc(p, to, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_TRUE(bytes_kept(p, min(from, to)));
	EXPECT_GE(ksize(p), to);
	fill_bytes(p, to);
	kfree(p);
}

TEST("S164 S190 krealloc keeps the contents up to the smaller size, from any size to any other")
{
	static const size_t sizes[] = { 1, 8, 30, 64, 70, 500, 4096, 8192, 8193, 50000 };
	const unsigned long errors = slab_errors;

	slab_state_begin();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t j = 0; j < ARRAY_SIZE(sizes); j++)
			krealloc_keeps(sizes[i], sizes[j]);
	EXPECT_EQ(slab_errors, errors);
	slab_state_end();
}

TEST("S191 krealloc from 4,096 to 8,192: ksize says 4096, then 8192")
{
	u8 *p;

	slab_state_begin();
	p = kmalloc(4096, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(ksize(p), 4096);
	p = krealloc(p, 8192, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(ksize(p), 8192);
	kfree(p);
	slab_state_end();
}

TEST("S164 krealloc(NULL) is kmalloc; to size 0 it is kfree, and gives ZERO_SIZE_PTR")
{
	const unsigned long errors = slab_errors;
	u8 *p;

	slab_state_begin();
	p = krealloc(NULL, 100, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(ksize(p), 128);
	EXPECT_EQ(krealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	EXPECT_EQ(krealloc(NULL, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	EXPECT_EQ(krealloc(ZERO_SIZE_PTR, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	p = krealloc(ZERO_SIZE_PTR, 10, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_FALSE(ZERO_OR_NULL_PTR(p));
	kfree(p);
	EXPECT_EQ(slab_errors, errors);
	slab_state_end();
}

TEST("S164 S191 a krealloc that fails keeps the old block: addr = krealloc(addr, ...) would leak "
     "it")
{
	u8 *p;

	slab_state_begin();
	p = kmalloc(1000, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	fill_bytes(p, 1000);
	fail_nth(1);
	EXPECT_EQ(krealloc(p, 3000, GFP_KERNEL), NULL);
	EXPECT_TRUE(fail_nth_done());
	fail_nth(0);
	EXPECT_TRUE(bytes_kept(p, 1000));
	EXPECT_EQ(krealloc(p, KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN), NULL);
	EXPECT_TRUE(bytes_kept(p, 1000));
	kfree(p);
	slab_state_end();
}

TEST("S164 krealloc within the block that there is: stays in place, unless a debug cache knows the "
     "owner")
{
	const bool watched =
		kmalloc_caches[KMALLOC_NORMAL][kmalloc_index(1000)].flags & SLAB_STORE_USER;
	u8 *p, *q;

	slab_state_begin();
	p = kmalloc(600, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	q = krealloc(p, 1000, GFP_KERNEL);
	ASSERT_NE(q, NULL);
	EXPECT_EQ(q == p, !watched);
	memset(q, 1, 1000);
	p = krealloc(q, 1024, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	memset(p, 2, 1024);
	kfree(p);
	EXPECT_EQ(kmem_cache_validate(&kmalloc_caches[KMALLOC_NORMAL][kmalloc_index(1000)]), 0);
	slab_state_end();
}

TEST("S164 krealloc with __GFP_ZERO: what it grows by is zero, after it was smaller too")
{
	u8 *p;

	slab_state_begin();
	p = kzalloc(100, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	memset(p, 0xff, 100);
	p = krealloc(p, 20, GFP_KERNEL | __GFP_ZERO);
	ASSERT_NE(p, NULL);
	p = krealloc(p, 120, GFP_KERNEL | __GFP_ZERO);
	ASSERT_NE(p, NULL);
	p = krealloc(p, 10000, GFP_KERNEL | __GFP_ZERO);
	ASSERT_NE(p, NULL);
	for (int i = 0; i < 20; i++)
		EXPECT_EQ(p[i], 0xff);
	for (int i = 20; i < 10000; i++)
		if (p[i] != 0)
			EXPECT_EQ(i, 10000);
	kfree(p);
	slab_state_end();
}

static u32 a_static_word;

TEST("S176 krealloc and kfree_sensitive of a wild pointer: one report, and nothing is touched")
{
	unsigned long errors = slab_errors;

	slab_state_begin();
	log_watch_begin();
	a_static_word = 896;
	EXPECT_EQ(krealloc(&a_static_word, 100, GFP_KERNEL), NULL);
	EXPECT_EQ(slab_errors - errors, 1);
	EXPECT_EQ(log_seen("BUG: krealloc("), 1);
	kfree_sensitive(&a_static_word);
	EXPECT_EQ(slab_errors - errors, 2);
	EXPECT_EQ(log_seen("BUG: kfree_sensitive("), 1);
	EXPECT_EQ(a_static_word, 896);
	EXPECT_EQ(krealloc(&a_static_word, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	EXPECT_EQ(slab_errors - errors, 3);
	log_watch_end();
	slab_state_end();
}

// Looks at freed memory: the page allocator writes nothing into a page, a plain cache one word.
static unsigned int secrets(const u8 *p, size_t n)
{
	unsigned int found = 0;

	for (size_t i = 0; i < n; i++)
		found += ((const volatile u8 *)p)[i] == 's';
	return found;
}

TEST("S162 W24 kfree_sensitive(), kzfree() until Linux 5.9, wipes what kfree leaves lying about")
{
	static const size_t sizes[] = { 20, 100, 5000, 20000 };
	u8 *p;

	slab_state_begin();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = kmalloc(sizes[i], GFP_KERNEL);
		ASSERT_NE(p, NULL);
		memset(p, 's', sizes[i]);
		kfree_sensitive(p);
		EXPECT_EQ(secrets(p, sizes[i]), 0);
	}
	p = kmalloc(20000, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	memset(p, 's', 20000);
	kzfree(p);
	EXPECT_EQ(secrets(p, 20000), 0);
	p = kmalloc(20000, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	memset(p, 's', 20000);
	kfree(p);
	EXPECT_EQ(secrets(p, 20000), 20000); // that is why
	slab_state_end();
}

TEST("S162 kfree_sensitive() wipes no more than the owner had: no red zone is touched")
{
	const unsigned long errors = slab_errors;

	slab_state_begin();
	for (size_t size = 1; size < 10000; size += size / 3 + 1)
		kfree_sensitive(kmalloc(size, GFP_KERNEL));
	EXPECT_EQ(slab_errors, errors);
	slab_state_end();
}

TEST("S171 kmemdup and kstrdup copy; NULL has no copy, and no memory gives NULL")
{
	static const u8 bytes[300] = { 1, 2, 3, [299] = 4 };
	u8 *copy;
	char *s;

	slab_state_begin();
	copy = kmemdup(bytes, sizeof(bytes), GFP_KERNEL);
	ASSERT_NE(copy, NULL);
	EXPECT_EQ(memcmp(copy, bytes, sizeof(bytes)), 0);
	kfree(copy);
	s = kstrdup("eight hundred and ninety-six", GFP_KERNEL);
	ASSERT_NE(s, NULL);
	EXPECT_STREQ(s, "eight hundred and ninety-six");
	kfree(s);
	s = kstrdup("", GFP_ATOMIC);
	ASSERT_NE(s, NULL);
	EXPECT_STREQ(s, "");
	kfree(s);
	EXPECT_EQ(kstrdup(NULL, GFP_KERNEL), NULL);
	EXPECT_EQ(kmemdup(bytes, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	fail_nth(1);
	EXPECT_EQ(kstrdup("no memory", GFP_KERNEL), NULL);
	fail_nth(1);
	EXPECT_EQ(kmemdup(bytes, sizeof(bytes), GFP_KERNEL), NULL);
	fail_nth(0);
	slab_state_end();
}

static __noinline void *dup_taker(void)
{
	char *s = kstrdup("whose is this?", GFP_KERNEL);

	barrier();
	return s;
}

TEST("S176 the owner that a report names is the caller of kstrdup, not kstrdup")
{
	struct kmem_cache *s = &kmalloc_caches[KMALLOC_NORMAL][kmalloc_index(15)];
	u8 *p;

	if (!(s->flags & SLAB_RED_ZONE) || !(s->flags & SLAB_STORE_USER))
		SKIP("kmalloc's caches know no owners in a release build");
	slab_state_begin();
	log_watch_begin();
	p = dup_taker();
	ASSERT_NE(p, NULL);
	__asm__ volatile("" : "+r"(p));
	p[15] = 1;
	kfree(p);
	EXPECT_EQ(log_seen("written behind its end: byte 15"), 1);
	EXPECT_EQ(log_seen("taken by dup_taker"), 1);
	log_watch_end();
	slab_state_end();
}
