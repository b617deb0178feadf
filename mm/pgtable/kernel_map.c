// SPDX-License-Identifier: MIT
// The table of the kernel image's mappings, and the memory for its first page tables.
//
// Owns: the pool. Rules: runs with the MMU off too.
// Linux: map_kernel() in arch/arm/mm/mmu.c, mark_rodata_ro() afterwards. Here the rights hold from the
// first mapped instruction.

#include <kernel/sections.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/kernel_map.h>
#include <mm/memblock.h>
#include <mm/page.h>

const struct kmap_row kernel_image_map[] = {
	{ ".text", _stext, _etext, PAGE_KERNEL_ROX, "guard page before .text" },
	{ ".rodata", __start_rodata, __end_rodata, PAGE_KERNEL_RO, "guard page before .rodata" },
	// .bss follows .data without a gap.
	{ ".data", _sdata, __bss_stop, PAGE_KERNEL, "guard page before .data" },
	{ "boot stack", boot_stack, boot_stack_top, PAGE_KERNEL,
	  "guard page below the boot stack" },
	{ "irq stack", irq_stack, irq_stack_top, PAGE_KERNEL, "guard page below the irq stack" },
	{ "fault stack", fault_stack, fault_stack_top, PAGE_KERNEL,
	  "guard page below the fault stack" },
};
const int kernel_image_rows = ARRAY_SIZE(kernel_image_map);

// One table for the top gigabyte, up to three for 4 MB of image, two for boot's identity mapping, one
// for the fixmap. The rest serves unaligned RAM ranges until memblock can allocate.
#define POOL_PAGES 12

static struct {
	u8 pages[POOL_PAGES * PAGE_SIZE] __aligned(PAGE_SIZE);
	size_t used; // bytes
	// The unused part of a memblock page that holds small tables; page aligned: none left.
	phys_addr_t next;
} pool;

// Small tables share a page.
static phys_addr_t memblock_table(size_t size)
{
	phys_addr_t table;

	if (size >= PAGE_SIZE)
		return memblock_phys_alloc(size, size, "page tables");
	if (IS_ALIGNED(pool.next, PAGE_SIZE))
		pool.next = memblock_phys_alloc(PAGE_SIZE, PAGE_SIZE, "page tables");
	table = pool.next;
	if (table)
		pool.next += size;
	return table;
}

phys_addr_t early_pt_alloc(size_t size)
{
	const size_t at = ALIGN(pool.used, size);

	if (at + size <= sizeof(pool.pages)) {
		pool.used = at + size;
		return __pa(pool.pages + at);
	}
	return mem_map ? page_table_alloc(size) : memblock_table(size);
}
