// SPDX-License-Identifier: MIT
// Checks that RAM exists where the firmware says: writes and reads back a word at each end of each free
// range.
//
// Rules: once, after trap_init(), when all reservations are known: reserved ranges are not touched.
// Linux: only with memtest= (mm/memtest.c), but then every word.

#include <arch/trap.h>
#include <kernel/panic.h>
#include <mm/fixmap.h>
#include <mm/memblock.h>

// Whether the word at va keeps another value. Restores the old one.
static bool word_keeps(unsigned long va)
{
	u32 before, seen;

	if (read_nofault(va, &before) != 0 || write_nofault(va, ~before) != 0)
		return false;
	return read_nofault(va, &seen) == 0 && seen == ~before && write_nofault(va, before) == 0;
}

// Not cached: otherwise the cache would keep the value even without RAM.
static bool is_ram(phys_addr_t pa)
{
	const bool keeps = word_keeps((unsigned long)set_fixmap(FIX_RAM_CHECK, pa, PAGE_KERNEL_IO));

	clear_fixmap(FIX_RAM_CHECK);
	return keeps;
}

void memblock_check_ram(void)
{
	phys_addr_t start, end;
	u64 pos = 0;

	while (memblock_next_free(&pos, &start, &end))
		if (!is_ram(start) || !is_ram(end - sizeof(u32)))
			panic("the firmware reports RAM that does not exist in [mem "
			      "%#010llx-%#010llx]; "
			      "mem= makes it smaller",
			      (u64)start, (u64)end - 1);
}
