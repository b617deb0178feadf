// SPDX-License-Identifier: MIT
// Freeing what must not be freed: each mistake is reported exactly once, with who took and who freed the
// object, nothing is harmed, and the cache is sound afterwards.
//
// The caches here ask for their debug flags themselves, so that release builds test them too.

#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/util.h>

#include "log_watch.h"
#include "slab_mistake.h"

SUITE("slab_misfree");

TEST("S176 S156 a double free is reported with all three: who took it, who freed it, who frees it "
     "again")
{
	u8 *object, *stays;

	mistake_begin(SLAB_DEBUG_FLAGS);
	stays = taker(mistake.cache);
	object = hide(taker(mistake.cache));
	ASSERT_TRUE(object && stays);
	first_free(mistake.cache, object);
	second_free(mistake.cache, object);
	EXPECT_EQ(log_seen("taken by taker"), 1);
	EXPECT_EQ(log_seen("freed by first_free"), 1);
	EXPECT_GE(log_seen("second_free"), 1); // in the list of callers
	mistake_reports(1, "BUG debug test: double free");
	EXPECT_EQ(kmem_cache_active(mistake.cache), 1);
	kmem_cache_free(mistake.cache, stays);
	mistake_end();
}

TEST("S176 a double free is found when others were freed in between, and as often as it happens")
{
	u8 *object[10];

	mistake_begin(SLAB_DEBUG_FLAGS);
	for (int i = 0; i < 10; i++)
		object[i] = hide(taker(mistake.cache));
	for (int i = 0; i < 9; i++)
		kmem_cache_free(mistake.cache, object[i]);
	kmem_cache_free(mistake.cache, object[0]);
	mistake_reports(1, "BUG debug test: double free");
	for (int i = 0; i < 9; i++)
		kmem_cache_free(mistake.cache, object[i]);
	mistake_reports(9, "BUG debug test: double free");
	kmem_cache_free(mistake.cache, object[9]);
	mistake_reports(0, "BUG");
	mistake_end();
}

TEST("S176 a double free after the slab has left the cache frees nothing of the page's next owner")
{
	u8 *object;

	mistake_begin(SLAB_DEBUG_FLAGS);
	object = hide(taker(mistake.cache));
	kmem_cache_free(mistake.cache, object);
	EXPECT_GT(kmem_cache_shrink(mistake.cache), 0);
	kmem_cache_free(mistake.cache, object);
	mistake_reports(1, "no slab object");
	kfree(object);
	mistake_reports(1, "BUG: kfree(");
	mistake_end();
}

TEST("S176 a pointer into an object is no object: the report says which one, and which byte")
{
	u8 *object, *next;
	char text[60];

	mistake_begin(SLAB_DEBUG_FLAGS);
	object = hide(taker(mistake.cache));
	next = taker(mistake.cache);
	kmem_cache_free(mistake.cache, object + 8);
	snprintf(text, sizeof(text), "object %px of cache debug test", object);
	EXPECT_EQ(log_seen(text), 1);
	mistake_reports(1, "which is byte 8 of an object");
	kmem_cache_free(mistake.cache, next + 4);
	snprintf(text, sizeof(text), "object %px of cache debug test", next);
	EXPECT_EQ(log_seen(text), 1);
	mistake_reports(1, "which is byte 4 of an object");
	kfree(object + 1);
	mistake_reports(1, "which is byte 1 of an object");
	kmem_cache_free(mistake.cache, (u8 *)page_to_virt(virt_to_page(object)->head));
	EXPECT_EQ(log_seen("kfree("), 0);
	mistake_reports(1, "lies in a slab, but in no object");
	EXPECT_EQ(kmem_cache_active(mistake.cache), 2);
	kmem_cache_free(mistake.cache, object);
	kmem_cache_free(mistake.cache, next);
	mistake_end();
}

TEST("S176 S164 ksize, krealloc and kfree_sensitive of what is no object in use: a report, and no "
     "byte is touched")
{
	u8 *object, *next;

	mistake_begin(SLAB_DEBUG_FLAGS);
	object = hide(taker(mistake.cache));
	next = taker(mistake.cache);
	EXPECT_EQ(ksize(object), MISTAKE_SIZE);
	EXPECT_EQ(ksize(object + 4), 0);
	mistake_reports(1, "BUG: ksize(");
	EXPECT_EQ(krealloc(object + 4, 100, GFP_KERNEL), NULL);
	mistake_reports(1, "BUG: krealloc(");
	kfree_sensitive(object + 4);
	mistake_reports(1, "BUG: kfree_sensitive(");
	kmem_cache_free(mistake.cache, object);
	EXPECT_EQ(ksize(object), 0);
	mistake_reports(1, "no object in use");
	kfree_sensitive(object);
	mistake_reports(1, "no object in use");
	EXPECT_EQ(krealloc(object, 2 * MISTAKE_SIZE, GFP_KERNEL), NULL);
	mistake_reports(1, "no object in use");
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 0);
	kmem_cache_free(mistake.cache, next);
	mistake_end();
}

static u32 a_static_word;

TEST("S176 a pointer that no slab gave: kernel data, user space, the hole above lowmem, the top")
{
	static const unsigned long wild[] = {
		0x1234, 0x00100000, PAGE_OFFSET - 4, LOWMEM_END, LOWMEM_END + 0x01000000, ~3UL
	};

	mistake_begin(SLAB_DEBUG_FLAGS);
	kfree(hide(&a_static_word));
	EXPECT_EQ(log_seen("no address that kmalloc gave"), 1);
	mistake_reports(1, "BUG: kfree(");
	kmem_cache_free(mistake.cache, hide(&a_static_word));
	mistake_reports(1, "BUG: kmem_cache_free(");
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		kfree((void *)wild[i]);
		mistake_reports(1, "BUG: kfree(");
		kmem_cache_free(mistake.cache, (void *)wild[i]);
		mistake_reports(1, "BUG: kmem_cache_free(");
	}
	mistake_end();
}

TEST("S176 a page of the page allocator is no object of a cache")
{
	unsigned long page;

	mistake_begin(SLAB_DEBUG_FLAGS);
	page = __get_free_page(GFP_KERNEL);
	ASSERT_NE(page, 0);
	kmem_cache_free(mistake.cache, (void *)page);
	mistake_reports(1, "no slab object");
	kfree((void *)(page + 8));
	mistake_reports(1, "no start of a block");
	EXPECT_EQ(page_ref_count(virt_to_page((void *)page)), 1);
	free_page(page);
	mistake_end();
}

TEST("S176 an object freed into another cache stays where it is, in use")
{
	struct kmem_cache *other;
	u8 *object;

	mistake_begin(SLAB_DEBUG_FLAGS);
	other = kmem_cache_create("other", MISTAKE_SIZE, 0, 0, NULL);
	ASSERT_NE(other, NULL);
	object = hide(taker(mistake.cache));
	kmem_cache_free(other, object);
	mistake_reports(1, "the object belongs to another cache");
	EXPECT_EQ(kmem_cache_active(mistake.cache), 1);
	EXPECT_EQ(kmem_cache_active(other), 0);
	kmem_cache_free(mistake.cache, object);
	mistake_reports(0, "BUG");
	EXPECT_EQ(kmem_cache_destroy(other), 0);
	mistake_end();
}
