// SPDX-License-Identifier: MIT
// Parts of mm/ that no suite reaches on a machine: what early drivers use, and odd arguments.

#include <abi/errno.h>
#include <arch/host/host.h>
#include <arch/io.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <mm/addr.h>
#include <mm/fault_inject.h>
#include <mm/fixmap.h>
#include <mm/gfp.h>
#include <mm/ioremap.h>
#include <mm/kernel_map.h>
#include <mm/layout.h>
#include <mm/memblock.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>
#include <mm/slab.h>

#include "log_watch.h"

SUITE("mm");

static void unmap(unsigned long va, unsigned long size)
{
	struct tlb_gather gather;

	tlb_gather_init(&gather);
	EXPECT_EQ(pt_unmap(kernel_root, va, size, &gather), 0);
	tlb_gather_flush(&gather);
}

TEST("S242 S244 S245 registers keep what is written, at any offset, and two mappings show the same "
     "ones")
{
	void __iomem *regs = ioremap(HOST_REGS + 0xffc, 8), *whole = ioremap(HOST_REGS, 0x2000);

	ASSERT_TRUE(regs && whole);
	iowrite32(0x12345678, regs);
	iowrite16(0x9abc, regs + 4);
	iowrite8(0xde, regs + 6);
	EXPECT_EQ(ioread32(whole + 0xffc), 0x12345678);
	EXPECT_EQ(ioread16(whole + 0x1000), 0x9abc);
	EXPECT_EQ(ioread8(whole + 0x1002), 0xde);
	EXPECT_EQ(readl_relaxed(whole + 0x1000), 0x00de9abc);
	memset_io(whole, 0, 0x2000);
	EXPECT_EQ(readl(regs), 0);
	iounmap(regs);
	iounmap(whole);
}

TEST("S243 after iounmap no translation of the registers is left in the TLB")
{
	void __iomem *regs = ioremap(HOST_REGS, 4);
	const unsigned long va = (__force unsigned long)regs;
	u32 word;

	ASSERT_TRUE(regs != NULL);
	writel(0x896, regs);
	EXPECT_TRUE(tlb_holds(va));
	iounmap(regs);
	EXPECT_FALSE(tlb_holds(va));
	EXPECT_EQ(read_nofault(va, &word), -EFAULT);
}

TEST("the device tree's window shows at least half of its size behind the tree's start, read-only")
{
	const phys_addr_t pa = PHYS_OFFSET + 64 * SZ_1M + 0x123;
	unsigned long max = 0;
	const u8 *fdt = fixmap_map_fdt(pa, &max);

	ASSERT_TRUE(fdt != NULL);
	EXPECT_GE(max, FIXADDR_FDT_SIZE / 2);
	EXPECT_EQ(*fdt, *(const u8 *)__va((unsigned long)pa));
	EXPECT_EQ(write_nofault((unsigned long)fdt & ~3ul, 0), -EFAULT);
	EXPECT_EQ(fixmap_map_fdt(pa, &max), NULL); // the window is taken
	unmap(FIXADDR_FDT, FIXADDR_FDT_SIZE);
	EXPECT_EQ(tlb_stale(), 0);
}

struct text {
	int lines;
	bool lowmem, code, walk;
};

static void look(const char *line, void *arg)
{
	struct text *t = arg;

	t->lines++;
	t->lowmem |= strstr(line, "rw--g-  2 MB pages") && strstr(line, "lowmem");
	t->code |= strstr(line, "r-x-g-") && strstr(line, ".text");
	t->walk |= strstr(line, "L2 ") && strstr(line, "2 MB at 0x");
}

TEST("S035 the dump of the kernel's tables has lines for lowmem and code; a walk says where it "
     "ends")
{
	struct text t = { 0 };

	pt_show_runs(kernel_root, look, &t);
	EXPECT_TRUE(t.lowmem);
	EXPECT_TRUE(t.code);
	pt_show_walk(kernel_root, PAGE_OFFSET + 64 * SZ_1M, look, &t);
	EXPECT_TRUE(t.walk);
	t.lines = 0;
	pt_show_walk(kernel_root, 0, look, &t);
	EXPECT_EQ(t.lines, 2);
}

static bool stop_at_once(const struct pt_run *run, void *arg)
{
	++*(int *)arg;
	return false;
}

TEST("a listing ends when its visitor says so")
{
	int runs = 0;

	pt_for_each_run(kernel_root, 0, ~0UL, stop_at_once, &runs);
	EXPECT_EQ(runs, 1);
}

TEST("an unmapping that is empty, unaligned or overflowing is refused")
{
	EXPECT_EQ(pt_unmap(kernel_root, VMALLOC_START, 0, NULL), -EINVAL);
	EXPECT_EQ(pt_unmap(kernel_root, VMALLOC_START + 1, PAGE_SIZE, NULL), -EINVAL);
	EXPECT_EQ(pt_unmap(kernel_root, 0xfffff000, 2 * PAGE_SIZE, NULL), -EINVAL);
}

TEST("an address between the areas has no name, one of lowmem without RAM says so")
{
	EXPECT_STREQ(address_area(PKMAP_END), "no area of the kernel's layout");
	EXPECT_STREQ(address_area(LOWMEM_END - 1), "lowmem");
	EXPECT_STREQ(address_area(PAGE_OFFSET + (u32)(memblock_lowmem_end() - PHYS_OFFSET) - 1),
		     "lowmem");
}

TEST("fail_nth= on the command line says which allocation failed, or that there were fewer")
{
	void *p;

	log_watch_begin();
	fail_nth_boot(1);
	p = kmalloc(24, GFP_KERNEL | __GFP_NOWARN);
	EXPECT_EQ(p, NULL);
	fail_nth_boot_end();
	EXPECT_EQ(log_seen("fail_nth=1: an allocation fails"), 1);
	fail_nth_boot(100);
	fail_nth_boot_end();
	EXPECT_EQ(log_seen("fail_nth=100: start-up made only 0 allocations"), 1);
	fail_nth_boot_end(); // not armed: nothing to say
	log_watch_end();
	EXPECT_EQ(log_seen("fail_nth="), 2);
}

static struct memblock saved;

TEST("RAM below PHYS_OFFSET cannot be reached, and is dropped")
{
	saved = memblock;
	memset(&memblock, 0, sizeof(memblock));
	memblock_add(PHYS_OFFSET - SZ_1M, 2 * SZ_1M);
	EXPECT_EQ(memblock_ram_size(), SZ_1M);
	memblock_add(0x1000, SZ_1M);
	EXPECT_EQ(memblock_ram_size(), SZ_1M);
	memblock = saved;
}

TEST("the early allocator finds no place for an alignment that its RAM does not have")
{
	saved = memblock;
	memset(&memblock, 0, sizeof(memblock));
	memblock_add(PHYS_OFFSET + SZ_1M, SZ_1M / 2);
	memblock_set_current_limit(PHYS_OFFSET + 2 * SZ_1M);
	EXPECT_EQ(memblock_phys_alloc_raw(PAGE_SIZE, SZ_2M, "ktest"), 0);
	EXPECT_NE(memblock_phys_alloc_raw(PAGE_SIZE, SZ_1M, "ktest"), 0);
	memblock = saved;
}

// What `make fuzz` has found.
TEST("ranges at the ends of 64 bits: nothing is added at the top, what is reserved from 0 on is "
     "taken")
{
	saved = memblock;
	memset(&memblock, 0, sizeof(memblock));
	memblock_add(~0ULL, ~0ULL);
	EXPECT_EQ(memblock_ram(0), NULL);
	memblock_reserve(PHYS_OFFSET + 1, 0, "nothing");
	EXPECT_EQ(memblock_reserved(0), NULL);
	memblock_add(PHYS_OFFSET, SZ_1M);
	memblock_set_current_limit(PHYS_OFFSET + SZ_1M);
	memblock_reserve(0, PHYS_OFFSET + SZ_1M, "all");
	EXPECT_EQ(memblock_phys_alloc_raw(PAGE_SIZE, PAGE_SIZE, "ktest"), 0);
	memblock = saved;
}
