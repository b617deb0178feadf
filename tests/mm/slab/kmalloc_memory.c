// SPDX-License-Identifier: MIT
// The memory that kmalloc gives: what is in it, and where it lies.

#include <kernel/ktest.h>
#include <lib/format.h>
#include <mm/pgtable.h>

#include "log_watch.h"
#include "slab_mistake.h"
#include "slab_state.h"

SUITE("kmalloc_memory");

// ---- Contents ----------------------------------------------------------------------------------

static unsigned int count_not(const u8 *p, size_t n, u8 value)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong += p[i] != value;
	return wrong;
}

TEST("S161 S188 kzalloc() zeroes all that was asked for, whoever had the memory before")
{
	static const size_t sizes[] = { 1, 40, 64, 100, 1000, 8192, 10000 };

	slab_state_begin();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *p = kmalloc(sizes[i], GFP_KERNEL);

		ASSERT_NE(p, NULL);
		memset(p, 0xff, sizes[i]);
		kfree(p);
		p = kzalloc(sizes[i], GFP_KERNEL);
		ASSERT_NE(p, NULL);
		EXPECT_EQ(count_not(p, sizes[i], 0), 0);
		kfree(p);
	}
	slab_state_end();
}

TEST("S189 kmalloc's memory is what the last owner left (debug builds: 0x5a), "
     "kzalloc's is zero, at ptr+2 and at ptr+102")
{
	const bool poisoned =
		kmalloc_caches[KMALLOC_NORMAL][kmalloc_index(200)].flags & SLAB_POISON;
	u8 *p;

	slab_state_begin();
	p = kmalloc(hide_size(200), GFP_KERNEL);
	ASSERT_NE(p, NULL);
	memset(p, 'g', 200);
	kfree(p);
	p = kmalloc(hide_size(200), GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(p[2 + 4], poisoned ? POISON_INUSE : 'g'); // the first word was a link
	EXPECT_EQ(p[102], poisoned ? POISON_INUSE : 'g');
	kfree(p);
	p = kzalloc(hide_size(200), GFP_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_EQ(p[2], 0);
	EXPECT_EQ(p[102], 0);
	kfree(p);
	slab_state_end();
}

// Writes the last byte of a block of 70, which is the caller's, and the one after it, which is not.
static void overrun_70(u8 *p)
{
	struct kmem_cache *s = &kmalloc_caches[KMALLOC_NORMAL][kmalloc_index(70)];
	const unsigned long errors = slab_errors;

	ASSERT_NE(p, NULL);
	EXPECT_GT(ksize(p), 70);
	log_watch_begin();
	p[69] = 1;
	EXPECT_EQ(kmem_cache_validate(s), 0);
	p[70] = 1;
	kfree(p);
	EXPECT_EQ(slab_errors - errors, 1);
	EXPECT_EQ(log_seen("written behind its end: byte 70 of the object is 01, not cc"), 1);
	log_watch_end();
}

TEST("S186 W29 what ksize() reports beyond the size asked for is not the caller's: a cache with "
     "red zones and owners reports a write there, also of a size that the compiler knows")
{
	if ((slab_debug_default & SLAB_DEBUG_FLAGS) != SLAB_DEBUG_FLAGS)
		SKIP("kmalloc's caches have no red zones in a release build without slab_debug=");
	slab_state_begin();
	overrun_70(hide(kmalloc(hide_size(70), GFP_KERNEL)));
	overrun_70(hide(kmalloc(70, GFP_KERNEL)));
	overrun_70(hide(kzalloc(70, GFP_KERNEL)));
	overrun_70(hide(kmalloc_array(10, 7, GFP_KERNEL)));
	overrun_70(hide(krealloc(kmalloc(10, GFP_KERNEL), 70, GFP_KERNEL)));
	slab_state_end();
}

// ---- Where it lies -----------------------------------------------------------------------------

TEST("S157 a kmalloc of 1 MB has 256 consecutive frames")
{
	u8 *p;
	pfn_t first;

	slab_state_begin();
	p = kmalloc(SZ_1M, GFP_KERNEL);
	ASSERT_NE(p, NULL);
	first = page_to_pfn(virt_to_page(p));
	for (unsigned int i = 0; i < 256; i++) {
		phys_addr_t pa;

		EXPECT_EQ(page_to_pfn(virt_to_page(p + i * PAGE_SIZE)), first + i);
		EXPECT_GE(pt_query(kernel_root, (unsigned long)p + i * PAGE_SIZE, &pa, NULL), 0);
		EXPECT_EQ(PFN_DOWN(pa), first + i);
	}
	kfree(p);
	slab_state_end();
}

TEST("S177 S194 W32 physical addresses differ as the logical ones do; they print with %pa")
{
	char text[24], digits[24];
	phys_addr_t pa;
	u8 *p;

	slab_state_begin();
	p = kmalloc(1000, GFP_ATOMIC);
	ASSERT_NE(p, NULL);
	pa = __pa(p);
	EXPECT_EQ(__pa(p + 100), pa + 100);
	EXPECT_EQ((unsigned long)(pa - PHYS_OFFSET), (unsigned long)p - PAGE_OFFSET);
	EXPECT_TRUE(pfn_valid(PFN_DOWN(pa)));
	snprintf(text, sizeof(text), "%pa", &pa);
	snprintf(digits, sizeof(digits), "0x%0*llx", (int)sizeof(pa) * 2, (u64)pa);
	EXPECT_STREQ(text, digits);
	kfree(p);
	slab_state_end();
}

TEST("S192 a block of 2 MB can be one entry of the page table: one TLB entry serves it all")
{
	// Single pages map what lies beside the kernel's image, up to the next border of a large page.
	u8 *blocks[3] = { NULL };
	int large = 0;

	slab_state_begin();
	for (int i = 0; i < ARRAY_SIZE(blocks) && large == 0; i++) {
		u8 *p = blocks[i] = kmalloc(SZ_2M, GFP_KERNEL);
		int level;

		ASSERT_NE(p, NULL);
		level = pt_query(kernel_root, (unsigned long)p, NULL, NULL);
		ASSERT_TRUE(level >= 0);
		large += pt_span(level) > PAGE_SIZE &&
			 pt_query(kernel_root, (unsigned long)p + SZ_2M - 1, NULL, NULL) == level;
	}
	EXPECT_EQ(large, 1);
	for (int i = 0; i < ARRAY_SIZE(blocks); i++)
		kfree(blocks[i]);
	slab_state_end();
}
