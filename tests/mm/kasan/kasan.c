// SPDX-License-Identifier: MIT
// What SAN=kasan finds: each class of wrong access once, in a function that does it.

#include <kernel/ktest.h>
#include <kernel/sanitizer.h>
#include <kernel/sched.h>
#include <lib/format.h>
#include <mm/addr.h>
#include <mm/gfp.h>
#include <mm/kasan.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "log_watch.h"

SUITE("kasan");

static __noinline void store_at(volatile char *p)
{
	*p = 1;
}

static __noinline char load_at(const volatile char *p)
{
	return *p;
}

static unsigned long before;

static void report_begin(void)
{
	before = sanitizer.reports;
	sanitizer.expected = 1;
	log_watch_begin();
}

// One report of this kind, which says so of the access.
static void expect_kasan_report(const char *kind, const char *access)
{
	char line[80];

	log_watch_end();
	snprintf(line, sizeof(line), "BUG: KASAN: %s in ", kind);
	EXPECT_EQ(sanitizer.reports - before, 1);
	EXPECT_EQ(log_seen(line), 1);
	EXPECT_EQ(log_seen(access), 1);
	sanitizer.expected = 0;
}

#define EXPECT_KASAN(kind, access, what)           \
	do {                                       \
		report_begin();                    \
		what;                              \
		expect_kasan_report(kind, access); \
	} while (0)

TEST("a read one byte past what kmalloc was asked for is out of bounds")
{
	char *p = kmalloc(115, GFP_KERNEL);

	ASSERT_NE(p, NULL);
	load_at(p + 114);
	EXPECT_KASAN("slab-out-of-bounds", "Read of size 1", load_at(p + 115));
	EXPECT_EQ(log_seen("which is 0 bytes after the 115 bytes of an object"), 1);
	kfree(p);
}

TEST("one byte before an object, and one after its last whole word, are out of bounds")
{
	char *p = kmalloc(64, GFP_KERNEL);

	ASSERT_NE(p, NULL);
	EXPECT_KASAN("slab-out-of-bounds", "Read of size 1", load_at(p - 1));
	EXPECT_KASAN("slab-out-of-bounds", "Read of size 1", load_at(p + 64));
	kfree(p);
}

TEST("a write is told from a read, and one that was reported is done all the same")
{
	u8 *p = kmalloc(64, GFP_KERNEL);

	ASSERT_NE(p, NULL);
	EXPECT_KASAN("slab-out-of-bounds", "Write of size 1", p[HIDE(64)] = SLUB_RED_ACTIVE);
	kfree(p);
}

TEST("an object's owner is named by the report")
{
	char *p = kmalloc(40, GFP_KERNEL);

	ASSERT_NE(p, NULL);
	EXPECT_KASAN("slab-out-of-bounds", "Read of size 1", load_at(p + 40));
	EXPECT_EQ(log_seen("last taken by ktest_"), 1);
	kfree(p);
}

TEST("an object that was freed must not be read")
{
	char *p = HIDE((char *)kmalloc(64, GFP_KERNEL));

	ASSERT_NE(p, NULL);
	kfree(p);
	EXPECT_KASAN("slab-use-after-free", "Read of size 1", load_at(p + 8));
	EXPECT_EQ(log_seen("last freed by ktest_"), 1);
}

TEST("a word of which only some bytes are the object's is out of bounds")
{
	u8 *p = kmalloc(6, GFP_KERNEL);

	ASSERT_NE(p, NULL);
	EXPECT_KASAN("slab-out-of-bounds", "Read of size 4", HIDE(*(volatile u32 *)(p + 4)));
	kfree(p);
}

TEST("memcpy, memmove, memset and memcmp are checked for all that they touch")
{
	char *p = kmalloc(20, GFP_KERNEL), buf[32] = { 0 };

	ASSERT_NE(p, NULL);
	EXPECT_KASAN("slab-out-of-bounds", "Read of size 21", memcpy(buf, HIDE(p), 21));
	EXPECT_KASAN("slab-out-of-bounds", "Read of size 22", memmove(buf, HIDE(p), 22));
	EXPECT_KASAN("slab-out-of-bounds", "Write of size 21", memset(HIDE(p), 0, HIDE(21)));
	EXPECT_KASAN("slab-out-of-bounds", "Read of size 23", HIDE(memcmp(HIDE(p), buf, 23)));
	sanitizer.expected = 0;
	// What was written too far is repaired: the cache checks its red zone.
	kasan_unpoison(p, ksize(p));
	p[20] = (char)SLUB_RED_ACTIVE;
	kasan_poison_tail(p, 20, ksize(p), KASAN_SLAB_REDZONE);
	kfree(p);
}

TEST("krealloc moves the border to the new size")
{
	char *p = kmalloc(20, GFP_KERNEL), *q;

	ASSERT_NE(p, NULL);
	q = krealloc(p, 30, GFP_KERNEL);
	ASSERT_NE(q, NULL);
	store_at(q + 29);
	EXPECT_KASAN("slab-out-of-bounds", "Read of size 1", load_at(q + 30));
	kfree(q);
}

TEST("what a kmalloc of whole pages leaves of the last one is out of bounds")
{
	char *p = kmalloc(3 * PAGE_SIZE + 5, GFP_KERNEL);

	ASSERT_NE(p, NULL);
	store_at(p + 3 * PAGE_SIZE + 4);
	EXPECT_KASAN("slab-out-of-bounds", "Write of size 1", store_at(p + 3 * PAGE_SIZE + 5));
	kfree(p);
}

TEST("a page that was freed must not be read")
{
	struct page *page = alloc_page(GFP_KERNEL);
	char *p;

	ASSERT_NE(page, NULL);
	p = page_to_virt(page);
	store_at(p);
	__free_page(page);
	EXPECT_KASAN("use-after-free", "Read of size 1", load_at(p + 100));
	EXPECT_EQ(log_seen("last freed by ktest_"), CONFIG_DEBUG);
}

static __noinline void stack_overflow(void)
{
	volatile char local[10];
	volatile char *p = HIDE(&local[0]);

	store_at(p + 9);
	load_at(p + HIDE(10));
}

TEST("an index past a local array is out of bounds")
{
	EXPECT_KASAN("stack-out-of-bounds", "Read of size 1", stack_overflow());
}

static char global_array[10];

TEST("an index past a global array is out of bounds, and the report names the variable")
{
	char *p = HIDE(&global_array[0]);

	store_at(p + 9);
	EXPECT_KASAN("global-out-of-bounds", "Write of size 1", store_at(p + 10));
	EXPECT_EQ(log_seen("which is 0 bytes after the 10 bytes of global_array"), 1);
	EXPECT_EQ(log_seen("defined in tests/mm/kasan/kasan.c"), 1);
}

TEST("vmalloc memory ends where its size does, not at the page's end")
{
	char *p = vmalloc(100);

	ASSERT_NE(p, NULL);
	store_at(p + 99);
	EXPECT_KASAN("vmalloc-out-of-bounds", "Write of size 1", store_at(p + 100));
	vfree(p);
}

TEST("a second free of an object that no cache checks is reported, and frees nothing")
{
	const slab_flags_t flags = slab_debug_default;
	struct kmem_cache *s;
	void *p;

	slab_debug_default = 0;
	s = kmem_cache_create("kasan test", 48, 0, 0, NULL);
	slab_debug_default = flags;
	ASSERT_NE(s, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	kmem_cache_free(s, p);
	EXPECT_KASAN("double-free or invalid-free", "Memory state around", kmem_cache_free(s, p));
	EXPECT_EQ(kmem_cache_active(s), 0);
	EXPECT_EQ(kmem_cache_destroy(s), 0);
}

TEST("a report shows the shadow with the bad byte between brackets")
{
	char *p = kmalloc(13, GFP_KERNEL);

	ASSERT_NE(p, NULL);
	EXPECT_EQ(*kasan_shadow(p), 0);
	EXPECT_EQ(*kasan_shadow(p + 8), 5);
	EXPECT_KASAN("slab-out-of-bounds", "Read of size 1", load_at(p + 13));
	EXPECT_EQ(log_seen("[05"), 1);
	kfree(p);
}

static int touch_stack(void *arg)
{
	char local[100];

	memset(local, 0, sizeof(local));
	return *HIDE(&local[5]);
}

TEST("stacks of threads that ended can be used again from end to end")
{
	const unsigned long reports = sanitizer.reports;

	for (int i = 0; i < 20; i++) {
		struct thread *t = thread_create(touch_stack, NULL, THREAD_PRIORITY, "toucher");

		ASSERT_TRUE(!IS_ERR(t));
		ASSERT_EQ(thread_join(t, NULL), 0);
	}
	EXPECT_EQ(sanitizer.reports, reports);
}
