// SPDX-License-Identifier: MIT
// ioremap: where a mapping lies, what it costs, and that it is gone afterwards.
//
// The device is the first one that a driver has claimed in iomem. Its registers are mapped a second time
// here; nothing touches them.

#include <abi/errno.h>
#include <arch/io.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/gfp.h>
#include <mm/ioremap.h>
#include <mm/memblock.h>
#include <mm/page.h>
#include <mm/pgtable.h>
#include <mm/resource.h>
#include <mm/vmalloc.h>

#include "hole.h"
#include "proc_text.h"
#include "random.h"

SUITE("ioremap");

#define HOLE_SIZE (4 * SZ_1M)

// Some CPUs cannot forbid execution.
static pgprot_t as_mapped(pgprot_t prot)
{
	return prot | (pt_has_noexec ? 0 : PT_EXEC);
}

static unsigned long io_va(const volatile void __iomem *addr)
{
	return (__force unsigned long)addr;
}

TEST("S239 S242 W07 registers get an address of the vmalloc range, page by page, and no struct "
     "page")
{
	const phys_addr_t pa = hole(HOLE_SIZE);
	void __iomem *regs = ioremap(pa, 0x1000);
	phys_addr_t found;
	pgprot_t prot;

	ASSERT_TRUE(regs != NULL);
	EXPECT_TRUE(is_vmalloc_addr((__force void *)regs));
	EXPECT_TRUE(pt_query(kernel_root, io_va(regs), &found, &prot) >= 0);
	EXPECT_EQ(found, pa);
	EXPECT_EQ(prot, as_mapped(PAGE_KERNEL_IO));
	EXPECT_EQ(pt_query(kernel_root, io_va(regs) + 0x1000, NULL, NULL), -EFAULT);
	EXPECT_FALSE(pfn_valid(PFN_DOWN(pa)));
	EXPECT_EQ(vmalloc_to_page((__force void *)regs), NULL);
	iounmap(regs);
	EXPECT_EQ(pt_query(kernel_root, io_va(regs), NULL, NULL), -EFAULT);
}

TEST("S242 ioremap_wc and ioremap_cache differ from ioremap in the memory type alone")
{
	const phys_addr_t pa = hole(HOLE_SIZE);
	void __iomem *wc = ioremap_wc(pa, 0x1000), *cached = ioremap_cache(pa + 0x1000, 0x1000);
	pgprot_t prot = 0;

	ASSERT_TRUE(wc != NULL);
	ASSERT_TRUE(cached != NULL);
	EXPECT_TRUE(pt_query(kernel_root, io_va(wc), NULL, &prot) >= 0);
	EXPECT_EQ(prot, as_mapped(PAGE_KERNEL | PT_WC));
	EXPECT_TRUE(pt_query(kernel_root, io_va(cached), NULL, &prot) >= 0);
	EXPECT_EQ(prot, as_mapped(PAGE_KERNEL));
	iounmap(wc);
	iounmap(cached);
}

TEST("S242 S250 a start in the midst of a page: the offset stays, and whole pages are mapped")
{
	static const struct {
		unsigned int offset, size, pages;
	} cases[] = { { 0, 1, 1 },          { 0xff8, 8, 1 },      { 0xff8, 9, 2 },
		      { 0x123, 0x1000, 2 }, { 0, 0x1001, 2 },     { 0xfff, 2, 2 },
		      { 1, 0xfff, 1 },      { 0x800, 0x3800, 4 }, { 0x800, 0x3801, 5 } };
	const phys_addr_t pa = hole(HOLE_SIZE);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const unsigned long used = vmalloc_used();
		void __iomem *regs = ioremap(pa + cases[i].offset, cases[i].size);
		phys_addr_t found;

		ASSERT_TRUE(regs != NULL);
		EXPECT_EQ(io_va(regs) & ~PAGE_MASK, cases[i].offset);
		// And the guard page.
		EXPECT_EQ(vmalloc_used() - used, (cases[i].pages + 1) * PAGE_SIZE);
		for (unsigned int n = 0; n < cases[i].pages; n++) {
			const unsigned long va = (io_va(regs) & PAGE_MASK) + n * PAGE_SIZE;

			ASSERT_TRUE(pt_query(kernel_root, va, &found, NULL) >= 0);
			EXPECT_EQ(found, pa + n * PAGE_SIZE);
		}
		iounmap(regs);
		EXPECT_EQ(vmalloc_used(), used);
	}
}

TEST("S247 4 MB of registers take 4 MB of addresses and, page tables aside, no memory")
{
	const phys_addr_t pa = hole(HOLE_SIZE);
	const unsigned long used = vmalloc_used();
	unsigned long free, tables = page_tables_taken;
	void __iomem *regs;

	drain_all_pages();
	free = nr_free_pages();
	regs = ioremap(pa, 4 * SZ_1M);
	ASSERT_TRUE(regs != NULL);
	drain_all_pages();
	EXPECT_EQ(vmalloc_used() - used, 4 * SZ_1M + PAGE_SIZE);
	// One page may have gone into a slab, for the struct of the area.
	EXPECT_LE(free - nr_free_pages() - (page_tables_taken - tables), 1);
	EXPECT_LE(page_tables_taken - tables, 3);
	iounmap(regs);
	EXPECT_EQ(vmalloc_used(), used);
}

TEST("S248 S249 W42 the names are Linux's: ioremap, ioread32, iowrite32; the row in vmallocinfo "
     "says ioremap")
{
	const phys_addr_t pa = hole(HOLE_SIZE);
	void __iomem *regs = ioremap(pa, 0x2000);
	const struct vm_struct *vm = find_vm_area((__force void *)regs);
	char want[40];

	ASSERT_NE(vm, NULL);
	EXPECT_EQ(vm->flags & VM_KINDS, VM_IOREMAP);
	EXPECT_EQ(vm->phys_addr, pa);
	EXPECT_EQ(get_vm_area_size(vm), 0x2000);
	snprintf(want, sizeof(want), " phys=%pa ioremap\n", &pa);
	EXPECT_NE(strstr(read_file(vmallocinfo_show), want), NULL);
	EXPECT_EQ(sizeof(ioread32(regs)), sizeof(u32)); // what they do: tests/mm/vmalloc/io.c
	EXPECT_TRUE(__builtin_types_compatible_p(__typeof__(iowrite32(0, regs)), void));
	iounmap(regs);
}

TEST("the last page of the format can be mapped")
{
	const phys_addr_t last = (phys_addr_t)(BIT_ULL(PHYS_BITS) - PAGE_SIZE);
	void __iomem *regs = pfn_valid(PFN_DOWN(last)) ? NULL : ioremap(last, PAGE_SIZE);

	if (pfn_valid(PFN_DOWN(last)))
		SKIP("RAM is there");
	ASSERT_TRUE(regs != NULL);
	iounmap(regs);
}

TEST("S243 after iounmap an access faults")
{
	void __iomem *regs = ioremap(hole(HOLE_SIZE) + 0x10, 0x1000);
	u32 word;

	ASSERT_TRUE(regs != NULL);
	iounmap(regs);
	EXPECT_EQ(read_nofault(io_va(regs), &word), -EFAULT);
	EXPECT_EQ(write_nofault(io_va(regs), 0), -EFAULT);
	EXPECT_EQ(read_nofault(io_va(regs) + PAGE_SIZE, &word), -EFAULT);
}

// ---- A real device ------------------------------------------------------------------------------

// The first registers in iomem that somebody has claimed, whole words.
static const struct resource *a_device(const struct resource *r)
{
	for (; r; r = r->sibling) {
		const struct resource *inside = a_device(r->child);

		if (inside)
			return inside;
		if (!(r->flags & IORESOURCE_SYSRAM) && (r->flags & IORESOURCE_BUSY) &&
		    !memblock_is_reserved(r->start, 1))
			return r;
	}
	return NULL;
}

TEST("S250 S252 a device's page shows its neighbours too; pfn_valid() knows nothing of it")
{
	const struct resource *device = a_device(iomem_resource.child);
	void __iomem *regs;
	phys_addr_t found;

	if (!device)
		SKIP("no driver has claimed registers");
	EXPECT_FALSE(pfn_valid(PFN_DOWN(device->start)));
	EXPECT_FALSE(pfn_valid(PFN_DOWN(device->end)));
	regs = ioremap(device->start, 8);
	ASSERT_TRUE(regs != NULL);
	// Eight bytes were asked for; the whole page is there.
	EXPECT_TRUE(pt_query(kernel_root, (io_va(regs) & PAGE_MASK) + PAGE_SIZE - 1, &found,
			     NULL) >= 0);
	EXPECT_EQ(found, (device->start & ~(phys_addr_t)(PAGE_SIZE - 1)) + PAGE_SIZE - 1);
	iounmap(regs);
}

static bool expect_in_vmalloc(const struct pt_run *run, void *arg)
{
	if (run->prot & (PT_DEVICE | PT_WC)) {
		EXPECT_TRUE(run->va >= VMALLOC_START && run->va < VMALLOC_END);
		++*(int *)arg;
	}
	return true;
}

TEST("every mapping of a device lies in the vmalloc range: none in lowmem, the console's early one "
     "is gone")
{
	void __iomem *regs = ioremap(hole(HOLE_SIZE), 0x1000);
	int devices = 0;

	pt_for_each_run(kernel_root, 0, ~0UL, expect_in_vmalloc, &devices);
	EXPECT_GT(devices, 0);
	iounmap(regs);
}

// ---- Many ---------------------------------------------------------------------------------------

#define SLOTS 32

TEST("10,000 random ioremaps and iounmaps: each shows its own frames while it lives, nothing leaks")
{
	static struct {
		void __iomem *regs;
		phys_addr_t pa;
	} slots[SLOTS];
	const phys_addr_t pa = hole(HOLE_SIZE);
	const unsigned long used = vmalloc_used();
	u32 seed = 896;

	for (int i = 0; i < 10000; i++) {
		const u32 r = random_u32(&seed);
		__typeof__(slots[0]) *slot = &slots[(r >> 4) % SLOTS];
		phys_addr_t found;

		if (slot->regs) {
			ASSERT_TRUE(pt_query(kernel_root, io_va(slot->regs), &found, NULL) >= 0);
			ASSERT_EQ(found, slot->pa);
			iounmap(slot->regs);
			slot->regs = NULL;
			continue;
		}
		slot->pa = pa + (r >> 8) % (HOLE_SIZE - SZ_1M);
		slot->regs = ioremap(slot->pa, 1 + (r >> 20) * 16);
		ASSERT_TRUE(slot->regs != NULL);
	}
	for (int i = 0; i < SLOTS; i++) {
		iounmap(slots[i].regs);
		slots[i].regs = NULL;
	}
	EXPECT_EQ(vmalloc_used(), used);
	vmalloc_check();
}
