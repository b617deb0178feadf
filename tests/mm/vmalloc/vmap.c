// SPDX-License-Identifier: MIT
// vmap: pages that somebody has, at further addresses; and kvmalloc.

#include <arch/trap.h>
#include <kernel/ktest.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "free_state.h"
#include "log_watch.h"
#include "page_chain.h"
#include "reachable.h"

SUITE("vmap");

TEST("S035 a frame at three addresses: what is written at one of them is read at the others")
{
	struct page *page = alloc_page(GFP_KERNEL);
	volatile u32 *linear, *a, *b; // the compiler does not know that they are one

	ASSERT_NE(page, NULL);
	linear = page_to_virt(page);
	a = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	b = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	ASSERT_TRUE(a && b);
	EXPECT_NE(a, b);
	linear[10] = 0x896;
	EXPECT_EQ(a[10], 0x896);
	a[11] = 0x897;
	EXPECT_EQ(b[11], 0x897);
	b[1023] = 0x898;
	EXPECT_EQ(linear[1023], 0x898);
	EXPECT_EQ(vmalloc_to_page((void *)a), page);
	EXPECT_EQ(vmalloc_to_page((void *)b), page);
	vunmap((void *)a);
	EXPECT_FALSE(reachable(a));
	EXPECT_EQ(b[1023], 0x898); // the frame is still its owner's
	vunmap((void *)b);
	EXPECT_EQ(linear[10], 0x896);
	EXPECT_EQ(page_ref_count(page), 1);
	__free_page(page);
}

TEST("S035 S206 vmap shows pages of any zone in the order given, one of them twice if asked for")
{
	struct page *high = alloc_page(GFP_HIGHUSER), *low = alloc_page(GFP_KERNEL);
	struct page *list[] = { high, low, high };
	volatile u32 *p;

	ASSERT_TRUE(high && low);
	p = vmap(list, 3, VM_MAP, PAGE_KERNEL);
	ASSERT_NE(p, NULL);
	p[0] = 0x11;
	p[1024] = 0x22;
	EXPECT_EQ(p[2048], 0x11);
	p[2048] = 0x33;
	EXPECT_EQ(p[0], 0x33);
	EXPECT_EQ(*(u32 *)page_to_virt(low), 0x22);
	EXPECT_FALSE(reachable((p + 3072)));
	vunmap((void *)p);
	__free_page(high);
	__free_page(low);
}

TEST("vmap gives the rights that were asked for, but neither execution nor user access")
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long p;
	pgprot_t prot = 0;

	ASSERT_NE(page, NULL);
	p = (unsigned long)vmap(&page, 1, VM_MAP, PAGE_KERNEL_RO);
	ASSERT_NE(p, 0);
	EXPECT_TRUE(reachable((void *)p));
	EXPECT_NE(write_nofault(p, 1), 0);
	vunmap((void *)p);
	p = (unsigned long)vmap(&page, 1, 0, PT_WRITE | PT_EXEC | PT_USER);
	ASSERT_NE(p, 0);
	EXPECT_GE(pt_query(kernel_root, p, NULL, &prot), 0);
	EXPECT_EQ(prot & (PT_WRITE | PT_USER | PT_GLOBAL), PT_WRITE | PT_GLOBAL);
	EXPECT_EQ(prot & PT_EXEC, pt_has_noexec ? 0 : PT_EXEC);
	vunmap((void *)p);
	__free_page(page);
}

TEST("S206 vmap refuses no pages, a NULL among them, flags it does not know, more than the area "
     "has")
{
	struct page *page = alloc_page(GFP_KERNEL), *list[] = { page, NULL };
	const unsigned long areas = vmalloc_areas();

	log_watch_begin();
	EXPECT_EQ(vmap(NULL, 1, VM_MAP, PAGE_KERNEL), NULL);
	EXPECT_EQ(vmap(list, 0, VM_MAP, PAGE_KERNEL), NULL);
	EXPECT_EQ(vmap(list, 2, VM_MAP, PAGE_KERNEL), NULL);
	EXPECT_EQ(vmap(list, 1, VM_IOREMAP, PAGE_KERNEL), NULL);
	EXPECT_EQ(vmap(list, ~0u, VM_MAP, PAGE_KERNEL), NULL);
	EXPECT_EQ(vmap(list, 0x100001, VM_MAP, PAGE_KERNEL), NULL);
	EXPECT_EQ(log_seen("by ktest_"), 6);
	EXPECT_EQ(log_seen(": refused"), 6);
	log_watch_end();
	vunmap(NULL);
	EXPECT_EQ(vmalloc_areas(), areas);
	__free_page(page);
}

// ---- kvmalloc -----------------------------------------------------------------------------------

TEST("S206 kvmalloc is kmalloc while that has something, and vmalloc beyond 4 MB; kvfree knows "
     "which")
{
	void *small = kvmalloc(100, GFP_KERNEL), *large = kvmalloc(SZ_1M, GFP_KERNEL);
	u8 *huge;

	log_watch_begin();
	huge = kvmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL);
	EXPECT_EQ(log_seen("mm/"), 0); // no warning that kmalloc had nothing
	log_watch_end();
	ASSERT_TRUE(small && large && huge);
	EXPECT_FALSE(is_vmalloc_addr(small) || is_vmalloc_addr(large));
	EXPECT_TRUE(is_vmalloc_addr(huge));
	huge[KMALLOC_MAX_SIZE] = 1;
	kvfree(small);
	kvfree(large);
	kvfree(huge);
	kvfree(NULL);
	kvfree(kvmalloc(0, GFP_KERNEL));
	EXPECT_FALSE(reachable(huge));
}

#define HOLES 64

TEST("S206 W24 kvmalloc of 64 KB in fragmented memory falls back to vmalloc, without a warning")
{
	PAGE_CHAIN(all);
	PAGE_CHAIN(holes);
	void *p, *q;

	pcp_stop();
	reserves_stop();
	for (int i = 0; i < HOLES; i++) { // each second frame of a row
		chain_take(&all, GFP_KERNEL, 0, 1);
		chain_take(&holes, GFP_KERNEL, 0, 1);
	}
	chain_take_all(&all, GFP_HIGHUSER);
	chain_free(&holes); // now there are single pages, and nothing else
	log_watch_begin();
	p = kvmalloc(64 * SZ_1K, GFP_KERNEL);
	EXPECT_EQ(log_seen("page allocation failure") + log_seen("vmalloc"), 0);
	q = kmalloc(64 * SZ_1K, GFP_KERNEL);
	EXPECT_EQ(log_seen("page allocation failure"), 1);
	log_watch_end();
	EXPECT_EQ(q, NULL);
	EXPECT_TRUE(is_vmalloc_addr(p));
	kvfree(p);
	chain_free(&all);
	reserves_restart();
	pcp_restart();
}

TEST("S206 kvzalloc gives zeros either way; flags other than GFP_KERNEL get kmalloc's answer")
{
	static const size_t sizes[] = { 100, 20000, KMALLOC_MAX_SIZE + PAGE_SIZE };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned int wrong = 0;
		u8 *p = kvzalloc(sizes[i], GFP_KERNEL);

		ASSERT_NE(p, NULL);
		for (size_t n = 0; n < sizes[i]; n += i == 2 ? 509 : 1)
			wrong += p[n] != 0;
		EXPECT_EQ(wrong, 0);
		kvfree(p);
	}
	EXPECT_EQ(kvmalloc(KMALLOC_MAX_SIZE + 1, GFP_ATOMIC | __GFP_NOWARN), NULL);
}
