// SPDX-License-Identifier: MIT
// The linear map: lowmem at PAGE_OFFSET, in large pages where alignment allows.
//
// Linux: map_lowmem() in arch/arm/mm/mmu.c, init_mem_mapping() on x86.

#include <abi/errno.h>
#include <kernel/panic.h>
#include <kernel/sections.h>
#include <mm/addr.h>
#include <mm/kernel_map.h>
#include <mm/memblock.h>
#include <mm/tlb.h>

// Maps the part of [start, end) that lies in [lo, hi).
static void map_part(phys_addr_t start, phys_addr_t end, phys_addr_t lo, phys_addr_t hi)
{
	int err;

	start = max(start, lo);
	end = min(end, hi);
	if (start >= end)
		return;
	err = pt_map(kernel_root, (unsigned long)__va((unsigned long)start), start, end - start,
		     PAGE_KERNEL, early_pt_alloc);
	if (err)
		panic("paging_init: cannot map lowmem [mem %#010llx-%#010llx]: error %d",
		      (u64)start, (u64)end - 1, err);
	memblock_set_current_limit(end);
}

void paging_init(void)
{
	const phys_addr_t image = __pa(_start), image_end = __pa(_end);
	const phys_addr_t lowmem_end = memblock_lowmem_end();
	const struct memblock_range *ram;

	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++) {
		map_part(ram->start, ram->end, PHYS_OFFSET, image);
		map_part(ram->start, ram->end, image_end, lowmem_end);
	}
	// Every root will point to them (mm/pgd.h): what is mapped there later is seen under each.
	if (pt_make_tables(kernel_root, KASAN_SHADOW_END, ~0UL, early_pt_alloc) != 0)
		panic("paging_init: no memory for the page tables behind lowmem");
	flush_tlb_all();
}
