// SPDX-License-Identifier: MIT
// What start-up costs, and what the kernel takes of memory.

#include <kernel/bench.h>
#include <kernel/sections.h>
#include <mm/gfp.h>
#include <mm/memblock.h>

FIGURE("boot, kernel entry to the end of start-up", "instructions")
{
	return boot_cycles;
}

FIGURE("memory in use after boot", "bytes")
{
	return memblock_ram_size() - (u64)nr_free_pages() * PAGE_SIZE;
}

FIGURE("kernel text, without tests", "bytes")
{
	return _etext_kernel - _stext;
}

FIGURE("sizeof(struct page)", "bytes")
{
	return sizeof(struct page);
}
