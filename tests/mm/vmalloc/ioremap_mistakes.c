// SPDX-License-Identifier: MIT
// ioremap: what it refuses, and wrong calls of iounmap; nothing stays behind.

#include <kernel/ktest.h>
#include <mm/addr.h>
#include <mm/fault_inject.h>
#include <mm/ioremap.h>
#include <mm/memblock.h>
#include <mm/page.h>
#include <mm/pgtable.h>
#include <mm/vmalloc.h>

#include "hole.h"
#include "log_watch.h"

SUITE("ioremap_mistakes");

#define HOLE_SIZE (4 * SZ_1M)

static unsigned long io_address(const volatile void __iomem *addr)
{
	return (__force unsigned long)addr;
}

TEST("RAM is refused, whichever part of the range it is, and the report names range and caller")
{
	const unsigned long mistakes = ioremap_mistakes, used = vmalloc_used();
	const struct memblock_range *ram;

	log_watch_begin();
	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++) {
		EXPECT_TRUE(ioremap(ram->start, 1) == NULL);
		EXPECT_TRUE(ioremap_wc(ram->end - 1, 1) == NULL);
		EXPECT_TRUE(ioremap_cache(ram->end - 1, PAGE_SIZE) == NULL);
		EXPECT_EQ(ioremap_mistakes, mistakes + 3 * (i + 1));
	}
	log_watch_end();
	EXPECT_GE(log_seen(" is RAM, called by ktest_"), 3);
	EXPECT_EQ(vmalloc_used(), used);
}

// Whether a page at pa can be mapped, if there is such a page and it is not RAM.
static void expect_mapped(u64 pa)
{
	void __iomem *regs;

	if (pa >= BIT_ULL(PHYS_BITS) || memblock_is_ram(pa, PAGE_SIZE))
		return;
	regs = ioremap((phys_addr_t)pa, PAGE_SIZE);
	EXPECT_TRUE(regs != NULL);
	iounmap(regs);
}

TEST("the pages just below and just above RAM are not refused")
{
	const unsigned long mistakes = ioremap_mistakes;
	const struct memblock_range *ram;

	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++) {
		expect_mapped((u64)ram->start - PAGE_SIZE);
		expect_mapped(ram->end);
	}
	EXPECT_EQ(ioremap_mistakes, mistakes);
}

TEST("an empty range, an overflowing one, one beyond the format, one larger than the area: NULL")
{
	const unsigned long mistakes = ioremap_mistakes, used = vmalloc_used();
	const phys_addr_t pa = hole(HOLE_SIZE), top = (phys_addr_t)(BIT_ULL(PHYS_BITS) - 1);

	log_watch_begin();
	EXPECT_TRUE(ioremap(pa, 0) == NULL);
	EXPECT_TRUE(ioremap(~(phys_addr_t)0, 2) == NULL);
	EXPECT_TRUE(ioremap(~(phys_addr_t)0 - 0xfff, ~(size_t)0) == NULL);
	EXPECT_TRUE(ioremap(top, 2) == NULL);
	EXPECT_EQ(ioremap_mistakes, mistakes + 4);
	EXPECT_EQ(log_seen("is empty, called by ktest_"), 1);
	EXPECT_EQ(log_seen("is not addressable, called by ktest_"), 3);
	EXPECT_TRUE(ioremap(max_pfn < PFN_DOWN(top) - 0x40000 ? PFN_PHYS(max_pfn) : pa,
			    VMALLOC_END - VMALLOC_START) == NULL);
	log_watch_end();
	EXPECT_EQ(vmalloc_used(), used);
}

TEST("S243 iounmap of what ioremap did not give, or twice: reported with the caller, nothing "
     "harmed")
{
	const phys_addr_t pa = hole(HOLE_SIZE);
	const unsigned long mistakes = vmalloc_mistakes;
	void __iomem *regs = ioremap(pa, 0x3000);
	void *memory = vmalloc(0x1000);
	int on_stack;

	ASSERT_TRUE(regs != NULL);
	ASSERT_NE(memory, NULL);
	log_watch_begin();
	iounmap(regs + 0x1000);                  // not its first page
	iounmap((__force void __iomem *)memory); // another kind of area
	iounmap((__force void __iomem *)&on_stack);
	iounmap((void __iomem *)0x1000);
	EXPECT_EQ(vmalloc_mistakes, mistakes + 4);
	EXPECT_TRUE(pt_query(kernel_root, io_address(regs), NULL, NULL) >= 0);
	iounmap(regs + 0x10); // any address of the first page
	iounmap(regs);
	log_watch_end();
	EXPECT_EQ(vmalloc_mistakes, mistakes + 5);
	EXPECT_GE(log_seen("ktest_"), 5);
	iounmap(NULL);
	EXPECT_EQ(vmalloc_mistakes, mistakes + 5);
	*(volatile u8 *)memory = 1;
	vfree(memory);
}

TEST("without memory for the area or for a page table ioremap is NULL, and nothing stays behind")
{
	const phys_addr_t pa = hole(HOLE_SIZE);
	const unsigned long used = vmalloc_used();
	bool failed = true;
	unsigned int n;

	for (n = 1; failed && n < 10; n++) {
		void __iomem *regs;

		log_watch_begin();
		fail_nth(n);
		regs = ioremap(pa, 0x1000);
		failed = fail_nth_done();
		fail_nth(0);
		log_watch_end();
		EXPECT_EQ(regs == NULL, failed);
		if (regs)
			iounmap(regs);
		EXPECT_EQ(vmalloc_used(), used);
	}
	EXPECT_GT(n, 2);
	EXPECT_LT(n, 10);
}

TEST("S052 virt_to_phys() of registers, or of vmalloc's memory, is refused with a message")
{
	const unsigned long mistakes = addr_mistakes;
	void __iomem *regs;
	void *memory;

	if (!CONFIG_DEBUG)
		SKIP("release builds do not check addresses");
	regs = ioremap(hole(HOLE_SIZE), 0x1000);
	memory = vmalloc(0x1000);
	ASSERT_TRUE(regs != NULL);
	ASSERT_NE(memory, NULL);
	log_watch_begin();
	EXPECT_EQ(virt_to_phys((__force void *)regs), PHYS_ADDR_NONE);
	EXPECT_EQ(virt_to_phys(memory), PHYS_ADDR_NONE);
	log_watch_end();
	EXPECT_EQ(addr_mistakes, mistakes + 2);
	EXPECT_EQ(log_seen("no linear address, but vmalloc"), 2);
	iounmap(regs);
	vfree(memory);
}
