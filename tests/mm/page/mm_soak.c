// SPDX-License-Identifier: MIT
// All that maps something into the kernel's address space, mixed: vmalloc, kmap, kmap_local, ioremap.
//
// Each piece of memory carries words that say where it is, and is looked at again before it goes. Pages
// of highmem serve where there are any, else others: the calls are the same.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <mm/addr.h>
#include <mm/highmem.h>
#include <mm/ioremap.h>
#include <mm/pgtable.h>
#include <mm/resource.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "hole.h"
#include "random.h"

SUITE("mm_soak");

#define OPERATIONS 100000
#define AREAS      40 // of vmalloc
#define MOST_PAGES 16 // of one of them
#define PAGES      600
#define REGISTERS  16
#define HOLE_SIZE  (4 * SZ_1M)

static struct {
	u32 seed;
	phys_addr_t hole;
	int used; // slots of kmap()
	unsigned long done[4];
	struct {
		u32 *va;
		unsigned int words; // in all
		u32 mark;
	} area[AREAS];
	struct {
		struct page *page;
		unsigned int users;
		u32 mark;
	} page[PAGES];
	struct {
		void __iomem *regs;
		phys_addr_t pa;
	} registers[REGISTERS];
} soak;

static u32 random(u32 below)
{
	return random_below(&soak.seed, below);
}

// ---- vmalloc ------------------------------------------------------------------------------------------

// The first and the last word of each page.
static bool area_holds(int i, u32 mark)
{
	const unsigned int per_page = PAGE_SIZE / 4;

	for (unsigned int w = 0; w < soak.area[i].words; w += per_page)
		if (soak.area[i].va[w] != (mark ? mark + w : 0) ||
		    soak.area[i].va[w + per_page - 1] != (mark ? ~(mark + w) : 0))
			return false;
	return true;
}

static void mark_area(int i, u32 mark)
{
	const unsigned int per_page = PAGE_SIZE / 4;

	for (unsigned int w = 0; w < soak.area[i].words; w += per_page) {
		soak.area[i].va[w] = mark + w;
		soak.area[i].va[w + per_page - 1] = ~(mark + w);
	}
	soak.area[i].mark = mark;
}

static void vmalloc_step(void)
{
	const int i = random(AREAS);
	const unsigned int pages = 1 + random(1 + random(MOST_PAGES)); // few more often than many
	const bool zeroed = random(4) == 0;

	if (soak.area[i].va) {
		EXPECT_TRUE(area_holds(i, soak.area[i].mark));
		vfree(soak.area[i].va);
		soak.area[i].va = NULL;
		return;
	}
	soak.area[i].words = pages * (PAGE_SIZE / 4);
	soak.area[i].va = zeroed ? vzalloc(pages * PAGE_SIZE) : vmalloc(pages * PAGE_SIZE);
	EXPECT_TRUE(is_vmalloc_addr(soak.area[i].va));
	if (!soak.area[i].va)
		return;
	if (zeroed)
		EXPECT_TRUE(area_holds(i, 0));
	mark_area(i, 1 + random(~0u - 1));
}

// ---- kmap, kmap_local -----------------------------------------------------------------------------------

static bool page_holds(const u32 *va, int i)
{
	return va[0] == soak.page[i].mark && va[1023] == ~soak.page[i].mark;
}

static void mark_page(u32 *va, int i)
{
	soak.page[i].mark = random(~0u);
	va[0] = soak.page[i].mark;
	va[1023] = ~soak.page[i].mark;
}

// The test is the only thread: a full window would never be left again.
static void kmap_step(void)
{
	const int i = random(PAGES);
	u32 *va;

	if (soak.page[i].users > 0 && (soak.used == LAST_PKMAP || random(2))) {
		EXPECT_TRUE(page_holds(page_address(soak.page[i].page), i));
		kunmap(soak.page[i].page);
		soak.used -= --soak.page[i].users == 0;
		return;
	}
	if (soak.page[i].users == 0 && soak.used == LAST_PKMAP)
		return;
	va = kmap(soak.page[i].page);
	soak.used += soak.page[i].users++ == 0;
	EXPECT_EQ(page_address(soak.page[i].page), va);
	EXPECT_TRUE(page_holds(va, i));
	mark_page(va, i);
}

static void kmap_local_step(void)
{
	const int n = 1 + random(1 + random(4));
	int which[4];
	u32 *va[4];

	for (int k = 0; k < n; k++) {
		which[k] = random(PAGES);
		va[k] = kmap_local_page(soak.page[which[k]].page);
		EXPECT_TRUE(page_holds(va[k], which[k]));
		mark_page(va[k], which[k]);
	}
	for (int k = n - 1; k >= 0; k--) {
		EXPECT_TRUE(page_holds(va[k], which[k]));
		kunmap_local(va[k]);
	}
}

// ---- ioremap --------------------------------------------------------------------------------------------

static void ioremap_step(void)
{
	const int i = random(REGISTERS);
	void __iomem *regs = soak.registers[i].regs;
	phys_addr_t pa = 0;

	if (regs) {
		EXPECT_TRUE(pt_query(kernel_root, (__force unsigned long)regs, &pa, NULL) >= 0);
		EXPECT_EQ(pa, soak.registers[i].pa);
		iounmap(regs);
		EXPECT_EQ(pt_query(kernel_root, (__force unsigned long)regs, NULL, NULL), -EFAULT);
		soak.registers[i].regs = NULL;
		return;
	}
	soak.registers[i].pa = soak.hole + random(HOLE_SIZE / 2);
	soak.registers[i].regs = ioremap(soak.registers[i].pa, 1 + random(1 + random(64 * SZ_1K)));
	EXPECT_TRUE(soak.registers[i].regs != NULL);
}

// ---- All of it ------------------------------------------------------------------------------------------

static bool soak_alloc_pages(void)
{
	for (int i = 0; i < PAGES; i++) {
		u32 *va;

		soak.page[i].page = alloc_page(GFP_HIGHUSER);
		if (!soak.page[i].page)
			return false;
		va = kmap_local_page(soak.page[i].page);
		mark_page(va, i);
		kunmap_local(va);
	}
	return true;
}

static void soak_free(void)
{
	for (int i = 0; i < AREAS; i++) {
		if (soak.area[i].va)
			EXPECT_TRUE(area_holds(i, soak.area[i].mark));
		vfree(soak.area[i].va);
	}
	for (int i = 0; i < REGISTERS; i++)
		iounmap(soak.registers[i].regs);
	for (int i = 0; i < PAGES; i++) {
		while (soak.page[i].users-- > 0)
			kunmap(soak.page[i].page);
		__free_page(soak.page[i].page);
	}
}

TEST("100,000 random vmalloc, kmap, kmap_local and ioremap operations: contents right, nothing "
     "leaks")
{
	static void (*const steps[])(void) = { vmalloc_step, kmap_step, kmap_local_step,
					       ioremap_step };
	const unsigned long mistakes = vmalloc_mistakes + kmap_mistakes + ioremap_mistakes;
	const unsigned long used = vmalloc_used();

	ktest_takes_long(6);
	memset(&soak, 0, sizeof(soak));
	soak.seed = 896;
	soak.hole = hole(HOLE_SIZE);
	ASSERT_TRUE(soak_alloc_pages());
	for (int i = 0; i < OPERATIONS; i++) {
		const int kind = random(ARRAY_SIZE(steps));

		steps[kind]();
		soak.done[kind]++;
		if (i % (OPERATIONS / 10) == 0) {
			vmalloc_check();
			buddy_check();
			slab_check();
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		EXPECT_GE(soak.done[i], OPERATIONS / 5);
	soak_free();
	kmap_flush();
	vmalloc_drain();
	EXPECT_EQ(vmalloc_used(), used);
	EXPECT_EQ(kmap_used(), 0);
	EXPECT_EQ(kmap_local_depth(), 0);
	EXPECT_EQ(vmalloc_mistakes + kmap_mistakes + ioremap_mistakes, mistakes);
}
