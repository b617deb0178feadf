// SPDX-License-Identifier: MIT
// The kernel's image as rows of a table, and the memory of its first page tables.
//
// Owns: the pool. Rules: runs with the MMU off too.
// Linux: map_kernel() in arch/arm/mm/mmu.c, mark_rodata_ro() afterwards; here rights hold from the
// first mapped instruction on.

#include <kernel/sections.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/kernel_map.h>
#include <mm/memblock.h>
#include <mm/page.h>

const struct kmap_row kernel_image_map[] = {
	{ ".text", _stext, _etext, PAGE_KERNEL_ROX, "guard page before .text" },
	{ ".rodata", __start_rodata, __end_rodata, PAGE_KERNEL_RO, "guard page before .rodata" },
	{ ".data", _sdata, __bss_stop, PAGE_KERNEL,
	  "guard page before .data" }, // .bss follows without a gap
	{ "boot stack", boot_stack, boot_stack_top, PAGE_KERNEL,
	  "guard page below the boot stack" },
	{ "irq stack", irq_stack, irq_stack_top, PAGE_KERNEL, "guard page below the irq stack" },
	{ "fault stack", fault_stack, fault_stack_top, PAGE_KERNEL,
	  "guard page below the fault stack" },
};
const int kernel_image_rows = ARRAY_SIZE(kernel_image_map);

// One table for the top gigabyte, up to three for 4 MB of image, two for boot's identity mapping,
// one for the fixmap; the rest serves a memory map with odd borders until memblock can. In the formats
// with small pages of tables there is room for as many of them.
#define POOL_PAGES 12

static struct {
	u8 pages[POOL_PAGES * PAGE_SIZE] __aligned(PAGE_SIZE);
	size_t used; // bytes
} pool;

phys_addr_t early_pt_alloc(size_t size)
{
	const size_t at = ALIGN(pool.used, size);

	if (size <= PAGE_SIZE && at + size <= sizeof(pool.pages)) {
		pool.used = at + size;
		return __pa(pool.pages + at);
	}
	if (mem_map)
		return page_table_alloc(size);
	return memblock_phys_alloc(size, size, "page tables");
}
