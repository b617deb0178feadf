// SPDX-License-Identifier: MIT
// The start-up of kmain(), as far as memory goes, with the memory map of arch/host.

#include <arch/cpu.h>
#include <arch/host/host.h>
#include <arch/trap.h>
#include <kernel/bootinfo.h>
#include <kernel/printk.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>
#include <lib/format.h>
#include <mm/highmem.h>
#include <mm/kernel_map.h>
#include <mm/memblock.h>
#include <mm/resource.h>
#include <mm/slab.h>
#include <mm/zone.h>

#include "start.h"

static void memory_init(void)
{
	host_add_memory();
	for (int i = 0; i < bootinfo.ram_count; i++)
		memblock_add(bootinfo.ram[i].start, bootinfo.ram[i].size);
	memblock_reserve(__pa(_start), _end - _start, "Kernel");
	for (int i = 0; i < bootinfo.reserved_count; i++)
		memblock_reserve(bootinfo.reserved[i].start, bootinfo.reserved[i].size, "Reserved");
}

void host_start_kernel(void)
{
	u32 key[4];

	format_symbol = symbol_lookup;
	cpu_entropy(key);
	format_set_ptr_key(key);
	trap_init();
	memory_init();
	paging_init();
	zones_init();
	kmap_init();
	slab_init();
	resource_init();
	host_claim_registers();
}
