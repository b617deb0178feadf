// SPDX-License-Identifier: MIT
// kmalloc: sizes and limits.

#include <abi/errno.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/util.h>
#include <mm/slab.h>

#include "log_watch.h"
#include "slab_state.h"

SUITE("kmalloc");

// ---- Prototypes and constants ------------------------------------------------------------------

#define SAME_TYPE(fn, type) EXPECT_TRUE(__builtin_types_compatible_p(__typeof__(&fn), type))

TEST("S159 S160 S161 S163 S164 S173 S185 W24 mm/slab.h declares what <linux/slab.h> does: flags "
     "are "
     "gfp_t, kzalloc returns a pointer")
{
	SAME_TYPE(kmalloc, void *(*)(size_t, gfp_t));
	SAME_TYPE(kzalloc, void *(*)(size_t, gfp_t));
	SAME_TYPE(kcalloc, void *(*)(size_t, size_t, gfp_t));
	SAME_TYPE(krealloc, void *(*)(const void *, size_t, gfp_t));
	SAME_TYPE(kfree, void (*)(const void *));
	SAME_TYPE(kfree_sensitive, void (*)(const void *));
	SAME_TYPE(ksize, size_t(*)(const void *));
}

TEST("S180 KMALLOC_SHIFT_MAX is MAX_ORDER + PAGE_SHIFT - 1 = 22, KMALLOC_MAX_SIZE is 4 MB")
{
	EXPECT_EQ(KMALLOC_SHIFT_MAX, 22);
	EXPECT_EQ(KMALLOC_SHIFT_MAX, MAX_ORDER + PAGE_SHIFT - 1);
	EXPECT_EQ(KMALLOC_MAX_SIZE, 4 * SZ_1M);
	EXPECT_EQ(KMALLOC_MAX_CACHE_SIZE, 8192);
}

// ---- Sizes -------------------------------------------------------------------------------------

TEST("S146 kmalloc relies on the slab allocator: up to 8 KB it gives objects of its caches, then "
     "pages")
{
	void *p[4];

	slab_state_begin();
	p[0] = kmalloc(hide_size(1), GFP_KERNEL);
	p[1] = kmalloc(hide_size(8192), GFP_KERNEL);
	p[2] = kmalloc(hide_size(8193), GFP_KERNEL);
	ASSERT_TRUE(p[0] && p[1] && p[2]);
	EXPECT_TRUE(PageSlab(virt_to_page(p[0])));
	EXPECT_TRUE(PageSlab(virt_to_page(p[1])));
	EXPECT_FALSE(PageSlab(virt_to_page(p[2])));
	EXPECT_EQ(page_order(virt_to_page(p[2])), 2);
	for (int i = 0; i < 3; i++)
		kfree(p[i]);
	slab_state_end();
}

// Objects of the smallest cache that is large enough, found by looking at all of them.
static unsigned int smallest_cache(enum kmalloc_type type, size_t size)
{
	unsigned int best = 0;

	for (unsigned int i = 0; i < NR_KMALLOC_SIZES; i++) {
		const unsigned int has = kmalloc_caches[type][i].object_size;

		if (has >= size && (best == 0 || has < kmalloc_caches[type][best].object_size))
			best = i;
	}
	return best;
}

TEST("S184 every size from 1 to 8,192 goes to the smallest cache that holds it")
{
	unsigned int wrong = 0;

	for (size_t size = 1; size <= KMALLOC_MAX_CACHE_SIZE; size++)
		for (int type = 0; type < NR_KMALLOC_TYPES; type++)
			wrong += kmalloc_index(size) != smallest_cache(type, size);
	EXPECT_EQ(wrong, 0);
}

TEST("S184 S185 kmalloc rounds up, and ksize() says to what")
{
	static const struct {
		size_t asked, real;
	} sizes[] = {
		{ 64, 64 },       { 65, KMALLOC_MIN_SIZE < 64 ? 96 : 128 },
		{ 97, 128 },      { 129, 192 },
		{ 193, 256 },     { 257, 512 },
		{ 1000, 1024 },   { 1025, 2048 },
		{ 4096, 4096 },   { 4097, 8192 },
		{ 8193, 16384 },  { 100000, 131072 },
		{ SZ_1M, SZ_1M }, { SZ_1M + 1, SZ_2M },
	};

	slab_state_begin();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *p = kmalloc(sizes[i].asked, GFP_KERNEL);

		ASSERT_NE(p, NULL);
		EXPECT_EQ(ksize(p), sizes[i].real);
		kfree(p);
	}
	EXPECT_EQ(ksize(NULL), 0);
	slab_state_end();
}

TEST("S187 W30 ksize of 1, 8, 8,080, 8,192 is 8, 8, 8192, 8192 or, with DMA that the "
     "caches do not see, 64, 64, 8192, 8192")
{
	static const size_t asked[] = { 1, 8, 8080, 8192 };
	size_t real[4];

	slab_state_begin();
	for (int i = 0; i < 4; i++) {
		void *p = kmalloc(asked[i], GFP_KERNEL);

		real[i] = ksize(p);
		kfree(p);
	}
	EXPECT_TRUE(KMALLOC_MIN_SIZE == 8 || KMALLOC_MIN_SIZE == 64);
	EXPECT_EQ(real[0], KMALLOC_MIN_SIZE);
	EXPECT_EQ(real[1], KMALLOC_MIN_SIZE);
	EXPECT_EQ(real[2], 8192);
	EXPECT_EQ(real[3], 8192);
	slab_state_end();
}

TEST("S187 W30 where the smallest object is 64 bytes there is no kmalloc-96, nor any smaller cache")
{
	const bool small = KMALLOC_MIN_SIZE < 64;

	for (unsigned int i = 1; i < NR_KMALLOC_SIZES; i++) {
		const struct kmem_cache *s = &kmalloc_caches[KMALLOC_NORMAL][i];
		const bool absent = !small && (i == 1 || (i >= 3 && i < 6));

		EXPECT_EQ(s->object_size == 0, absent);
	}
	EXPECT_EQ(kmalloc_caches[KMALLOC_NORMAL][2].object_size, 192);
}

TEST("S159 memory is aligned for any type, and powers of two to themselves")
{
	void *p[3];

	slab_state_begin();
	for (size_t size = 1; size <= 16384; size = size < 64 ? size + 1 : size * 2) {
		const size_t align = size & (size - 1) ? 8 : min(max(size, (size_t)8), PAGE_SIZE);

		for (int i = 0; i < 3; i++) {
			p[i] = kmalloc(size, GFP_KERNEL);
			ASSERT_NE(p[i], NULL);
			EXPECT_TRUE(IS_ALIGNED((unsigned long)p[i], align));
		}
		for (int i = 0; i < 3; i++)
			kfree(p[i]);
	}
	slab_state_end();
}

// A size known at compile time: the cache's address is, too.
TEST("S159 a constant size picks its cache at compile time")
{
	const unsigned int index = kmalloc_index(100);
	void *p;

	if (!CONFIG_DEBUG) // the compiler optimises
		EXPECT_TRUE(__builtin_constant_p(index));
	slab_state_begin();
	p = kmalloc(100, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(virt_to_page(p)->slab_cache, &kmalloc_caches[KMALLOC_NORMAL][7]);
	kfree(p);
	p = kmalloc(150, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(virt_to_page(p)->slab_cache, &kmalloc_caches[KMALLOC_NORMAL][2]);
	kfree(p);
	p = kmalloc(1000, GFP_KERNEL | GFP_DMA);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(virt_to_page(p)->slab_cache, &kmalloc_caches[KMALLOC_DMA][10]);
	kfree(p);
	slab_state_end();
}

// ---- Limits ------------------------------------------------------------------------------------

static void too_large(size_t size)
{
	log_watch_begin();
	EXPECT_EQ(kmalloc(hide_size(size), GFP_KERNEL), NULL);
	EXPECT_EQ(log_seen("WARNING"), 1);
	log_watch_end();
	log_watch_begin();
	EXPECT_EQ(kmalloc(hide_size(size), GFP_KERNEL | __GFP_NOWARN), NULL);
	EXPECT_EQ(log_seen("WARNING"), 0);
	log_watch_end();
}

TEST("S134 S144 S180 kmalloc of 4 MB works; one byte more, and sizes that look negative, fail with "
     "one warning")
{
	void *p;

	slab_state_begin();
	p = kmalloc(KMALLOC_MAX_SIZE, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(page_order(virt_to_page(p)), MAX_PAGE_ORDER);
	EXPECT_EQ(ksize(p), KMALLOC_MAX_SIZE);
	kfree(p);
	too_large(KMALLOC_MAX_SIZE + 1);
	too_large(KMALLOC_MAX_SIZE * 2);
	too_large(0x7fffffff);
	too_large(0x80000000);
	too_large((size_t)-1);
	slab_state_end();
}

TEST("S181 growing by 1 KB, the first kmalloc that fails is the one of 4,097 KB")
{
	size_t i = 1;
	void *p;

	slab_state_begin();
	while ((p = kmalloc(i * 1024, GFP_KERNEL | __GFP_NOWARN)) != NULL) {
		kfree(p);
		i++;
	}
	EXPECT_EQ(i, 4097);
	slab_state_end();
}

TEST("S182 S197 kmalloc(0) is ZERO_SIZE_PTR, 00000010: not NULL, faults when it is used, can be "
     "freed")
{
	const unsigned long errors = slab_errors;
	void *p = kmalloc(0, GFP_KERNEL), *q = kmalloc(hide_size(0), GFP_KERNEL);
	char text[16];
	u32 word;

	EXPECT_EQ(p, ZERO_SIZE_PTR);
	EXPECT_EQ(q, ZERO_SIZE_PTR);
	EXPECT_EQ(kzalloc(hide_size(0), GFP_ATOMIC), ZERO_SIZE_PTR);
	EXPECT_EQ((unsigned long)p, 16);
	snprintf(text, sizeof(text), "%px", p);
	EXPECT_STREQ(text, "00000010");
	EXPECT_EQ(read_nofault((unsigned long)p, &word), -EFAULT);
	EXPECT_EQ(write_nofault((unsigned long)p, 1), -EFAULT);
	EXPECT_EQ(ksize(p), 0);
	kfree(p);
	kfree(p);
	kfree_sensitive(q);
	EXPECT_EQ(slab_errors, errors);
}

TEST("S182 ZERO_OR_NULL_PTR() knows NULL and ZERO_SIZE_PTR, and nothing else")
{
	EXPECT_TRUE(ZERO_OR_NULL_PTR(NULL));
	EXPECT_TRUE(ZERO_OR_NULL_PTR(ZERO_SIZE_PTR));
	EXPECT_FALSE(ZERO_OR_NULL_PTR((void *)17));
	EXPECT_FALSE(ZERO_OR_NULL_PTR((void *)PAGE_OFFSET));
}

TEST("S163 kcalloc and kmalloc_array: the product counts; one that overflows gives NULL, without a "
     "word")
{
	const unsigned long errors = slab_errors;
	u8 *p;

	slab_state_begin();
	log_watch_begin();
	EXPECT_EQ(kcalloc(hide_size(0x10000), 0x10001, GFP_KERNEL), NULL); // 0x10000 in 32 bits
	EXPECT_EQ(kmalloc_array(hide_size(0x80000001), 2, GFP_KERNEL), NULL);
	EXPECT_EQ(kmalloc_array(2, hide_size((size_t)-1), GFP_KERNEL), NULL);
	EXPECT_EQ(log_seen("WARNING"), 0);
	EXPECT_EQ(kcalloc(hide_size(3), 0, GFP_KERNEL), ZERO_SIZE_PTR);
	EXPECT_EQ(kmalloc_array(hide_size(0), 3, GFP_KERNEL), ZERO_SIZE_PTR);
	p = kcalloc(hide_size(100), 3, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(ksize(p), 512);
	for (int i = 0; i < 300; i++)
		EXPECT_EQ(p[i], 0);
	kfree(p);
	log_watch_end();
	EXPECT_EQ(slab_errors, errors);
	slab_state_end();
}
