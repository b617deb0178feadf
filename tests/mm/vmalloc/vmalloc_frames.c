// SPDX-License-Identifier: MIT
// vmalloc: which frames an area consists of, and who sees them there.

#include <kernel/ktest.h>
#include <mm/pgd.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "free_state.h"
#include "page_chain.h"
#include "reachable.h"

SUITE("vmalloc_frames");

#define HOLES 128

TEST("S198 S214 only virtually contiguous: with fragmented memory no two neighbours have "
     "neighbouring frames")
{
	PAGE_CHAIN(held);
	PAGE_CHAIN(holes);
	unsigned int consecutive = 0;
	u8 *p;

	pcp_stop();
	for (int i = 0; i < HOLES; i++) { // each second frame of a row
		chain_take(&held, GFP_HIGHUSER, 0, 1);
		chain_take(&holes, GFP_HIGHUSER, 0, 1);
	}
	ASSERT_EQ(holes.count, HOLES);
	chain_free(&holes);
	p = vmalloc(HOLES / 2 * PAGE_SIZE);
	ASSERT_NE(p, NULL);
	for (int i = 1; i < HOLES / 2; i++)
		consecutive += vmalloc_to_pfn(p + i * PAGE_SIZE) ==
			       vmalloc_to_pfn(p + (i - 1) * PAGE_SIZE) + 1;
	EXPECT_EQ(consecutive, 0);
	memset(p, 1, HOLES / 2 * PAGE_SIZE); // and yet it is one piece
	vfree(p);
	chain_free(&held);
	pcp_restart();
}

// How many pages of an area lie in each zone.
static void histogram(const u8 *p, unsigned long pages, unsigned long in_zone[MAX_NR_ZONES])
{
	memset(in_zone, 0, MAX_NR_ZONES * sizeof(in_zone[0]));
	for (unsigned long i = 0; i < pages; i++)
		in_zone[page_zonenum(vmalloc_to_page(p + i * PAGE_SIZE))]++;
}

TEST("S087 S199 W05 C12 vmalloc's frames come from HighMem where there is some, else none of them "
     "do")
{
	unsigned long in_zone[MAX_NR_ZONES];
	u8 *p = vmalloc(4 * SZ_1M);

	ASSERT_NE(p, NULL);
	histogram(p, 1024, in_zone);
	if (zones[ZONE_HIGHMEM].free_pages > 4096)
		EXPECT_EQ(in_zone[ZONE_HIGHMEM], 1024);
	else if (!populated_zone(&zones[ZONE_HIGHMEM]))
		EXPECT_EQ(in_zone[ZONE_HIGHMEM], 0);
	EXPECT_EQ(in_zone[ZONE_DMA] + in_zone[ZONE_NORMAL] + in_zone[ZONE_HIGHMEM], 1024);
	vfree(p);
}

TEST("S199 the frames of a long list of pages come from HighMem, too")
{
	u8 *p = vmalloc(1025 * PAGE_SIZE);
	const struct page *list;

	ASSERT_NE(p, NULL);
	list = vmalloc_to_page(find_vm_area(p)->pages);
	ASSERT_NE(list, NULL);
	if (zones[ZONE_HIGHMEM].free_pages > 4096)
		EXPECT_TRUE(PageHighMem(list));
	else if (!populated_zone(&zones[ZONE_HIGHMEM]))
		EXPECT_FALSE(PageHighMem(list));
	vfree(p);
}

TEST("S199 W05 the address range is no zone: frames of every zone can be mapped there")
{
	static const gfp_t gfp[MAX_NR_ZONES] = { GFP_DMA, GFP_KERNEL, GFP_HIGHUSER };
	struct page *pages[MAX_NR_ZONES];
	unsigned long in_zone[MAX_NR_ZONES];
	u8 *p;

	for (int i = 0; i < MAX_NR_ZONES; i++) {
		pages[i] = alloc_page(gfp[i]);
		ASSERT_NE(pages[i], NULL);
		if (populated_zone(&zones[i]))
			EXPECT_EQ(page_zonenum(pages[i]), i);
	}
	p = vmap(pages, MAX_NR_ZONES, VM_MAP, PAGE_KERNEL);
	ASSERT_NE(p, NULL);
	EXPECT_TRUE(is_vmalloc_addr(p));
	memset(p, 0x55, MAX_NR_ZONES * PAGE_SIZE);
	vunmap(p);
	for (int i = 0; i < MAX_NR_ZONES; i++)
		__free_page(pages[i]);
	p = __vmalloc(8 * PAGE_SIZE, GFP_KERNEL | GFP_DMA); // or of a zone that one asks for
	ASSERT_NE(p, NULL);
	histogram(p, 8, in_zone);
	EXPECT_EQ(in_zone[ZONE_DMA], 8);
	vfree(p);
}

TEST("S195 W05 W38 kmalloc and vmalloc side by side: frames, zone, addresses, granularity")
{
	u8 *k = kmalloc(64 * SZ_1K, GFP_KERNEL), *v = vmalloc(64 * SZ_1K);
	unsigned int k_apart = 0, lowmem = 0;

	ASSERT_TRUE(k && v);
	for (unsigned int i = 1; i < 16; i++)
		k_apart += PFN_DOWN(__pa(k + i * PAGE_SIZE)) != PFN_DOWN(__pa(k)) + i;
	EXPECT_EQ(k_apart, 0); // physically contiguous; vmalloc: S198
	for (unsigned int i = 0; i < 16; i++)
		lowmem += !PageHighMem(vmalloc_to_page(v + i * PAGE_SIZE));
	EXPECT_FALSE(PageHighMem(virt_to_page(k)));
	if (!populated_zone(&zones[ZONE_HIGHMEM]))
		EXPECT_EQ(lowmem, 16);
	// The linear map has kmalloc's page for good; vmalloc's was mapped for it.
	EXPECT_TRUE(virt_addr_valid(k) && !virt_addr_valid(v));
	vfree(v);
	EXPECT_TRUE(reachable(k) && !reachable(v));
	kfree(k);
	EXPECT_TRUE(reachable(k));
	// kmalloc gives bytes, vmalloc pages.
	k = kmalloc(8, GFP_KERNEL);
	v = vmalloc(8);
	ASSERT_TRUE(k && v);
	EXPECT_LE(ksize(k), 64);
	EXPECT_EQ(get_vm_area_size(find_vm_area(v)), PAGE_SIZE);
	kfree(k);
	vfree(v);
}

TEST("S217 a mapping in a table that was not there before is seen under every root at once")
{
	struct vm_struct *below = get_vm_area(vmalloc_chunk() - SZ_2M, VM_IOREMAP);
	pte_t *a = pgd_alloc(), *b = pgd_alloc();
	volatile u32 *p;

	ASSERT_TRUE(below && a && b);
	pgd_load(a);
	p = vmalloc(PAGE_SIZE);
	ASSERT_NE(p, NULL);
	*p = 0x896;
	pgd_load(b);
	EXPECT_EQ(*p, 0x896);
	pgd_load(kernel_root);
	EXPECT_EQ(*p, 0x896);
	vfree((void *)p);
	pgd_load(a);
	EXPECT_FALSE(reachable(p));
	pgd_load(kernel_root);
	pgd_free(a);
	pgd_free(b);
	free_vm_area(below);
}
