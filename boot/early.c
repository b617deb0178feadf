// SPDX-License-Identifier: MIT
// The kernel's first page tables, filled by C code that runs at the physical address.
//
// Owns: kernel_root until paging_init().
// Rules: runs with the MMU off (compiled -fpie with hidden visibility): pointers in static tables
// are virtual addresses; use them only as numbers.
// Linux: arch/arm/kernel/head.S and arch/x86/kernel/head_32.S do this in assembly.

#include <boot/early.h>
#include <kernel/bootinfo.h>
#include <kernel/sections.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/kasan.h>
#include <mm/kernel_map.h>
#include <mm/pgtable.h>

extern char _head_start[], _head_end[];

static void map_or_stop(unsigned long va, phys_addr_t pa, unsigned long size, pgprot_t prot)
{
	if (pt_map(kernel_root, va, pa, size, prot, early_pt_alloc) == 0)
		return;
	early_puts("boot: the page tables for the kernel's image do not fit into their pool\n");
	early_stop();
}

phys_addr_t early_map_kernel(unsigned long phys_offset)
{
	const unsigned long head = (unsigned long)_head_start;
	const unsigned long head_size = ALIGN((unsigned long)(_head_end - _head_start), PAGE_SIZE);

	memset(__bss_start, 0, __bss_stop - __bss_start);
	for (int i = 0; i < kernel_image_rows; i++) {
		const struct kmap_row *row = &kernel_image_map[i];
		unsigned long va = (unsigned long)row->start;

		map_or_stop(va, va - PAGE_OFFSET + phys_offset, row->end - row->start, row->prot);
	}
#if CONFIG_KASAN
	map_or_stop((unsigned long)kasan_shadow((void *)PAGE_OFFSET), __pa(kasan_image_shadow),
		    KASAN_IMAGE_SHADOW_SIZE, PAGE_KERNEL);
#endif
	if (phys_offset != PAGE_OFFSET) // else the row of .text has mapped it
		map_or_stop(head, head, head_size, PAGE_KERNEL_ROX);
	return __pa(kernel_root);
}

void early_finish(unsigned long phys_offset)
{
	pv_offset = phys_offset - PAGE_OFFSET;
}

void early_unmap_identity(void)
{
	// This first-level entry maps nothing else, so clear all of it.
	if (pv_offset != 0)
		pte_set(&kernel_root[pt_index(0, (unsigned long)__pa(_head_start))], 0);
	tlb_flush_all();
}
