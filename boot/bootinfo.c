// SPDX-License-Identifier: MIT
// Collects what the boot protocols report. Also runs with the MMU off.

#include <kernel/bootinfo.h>
#include <lib/util.h>

struct bootinfo bootinfo;

static void add_boot_range(struct boot_range *ranges, int *count, bool *cut, u64 start, u64 size)
{
	if (size == 0)
		return;
	if (*count == BOOT_RANGES_MAX) {
		*cut = true;
		return;
	}
	ranges[*count].start = start;
	ranges[*count].size = range_end(start, size) - start;
	++*count;
}

void bootinfo_add_ram(struct bootinfo *bi, u64 start, u64 size)
{
	add_boot_range(bi->ram, &bi->ram_count, &bi->ranges_cut, start, size);
}

void bootinfo_add_reserved(struct bootinfo *bi, u64 start, u64 size)
{
	add_boot_range(bi->reserved, &bi->reserved_count, &bi->reserved_cut, start, size);
}
