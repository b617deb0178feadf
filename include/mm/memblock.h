// SPDX-License-Identifier: MIT
// Early physical memory: which ranges are RAM, which are reserved, and a simple allocator until the
// page allocator exists.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>

#define MEMBLOCK_RANGES 128 // tunable

struct memblock_range {
	phys_addr_t start, end; // end is exclusive
	const char *name;       // what it is, for the log
};

// The highest possible end of RAM. The end must be representable as an address and as a frame number,
// even rounded up to a 4 MB block. So with 32-bit addresses the last page below 4 GB is left out; with
// 44-bit ones, the last 4 MB.
#define MEMBLOCK_END                                                              \
	min(min(BIT_ULL(PHYS_BITS), (u64)ALIGN_DOWN((phys_addr_t)-1, PAGE_SIZE)), \
	    ALIGN_DOWN((u64)(pfn_t)-1 << PAGE_SHIFT, (u64)SZ_4M))

// A list sorted by start, without overlaps; adjacent ranges of the same name are merged.
struct memblock_list {
	int count;
	struct memblock_range r[MEMBLOCK_RANGES];
};

// The state. Only gdb and tests read it directly; other code calls the functions below.
struct memblock {
	struct memblock_list ram, reserved;
	phys_addr_t current_limit; // allocations end here: memory above is not mapped yet
};
extern struct memblock memblock;

// Adds RAM, in any order, overlapping or not; partial pages are dropped. RAM below PHYS_OFFSET, or too
// high for the page-table format, is reported and dropped.
void memblock_add(u64 start, u64 size);

// Reserves a range, rounded out to whole pages. It need not be RAM.
void memblock_reserve(u64 start, u64 size, const char *name);

// Drops RAM beyond a total of `limit` bytes (mem=).
void memblock_limit(u64 limit);

// Drops the RAM above lowmem (highmem=off) and reports each part. Returns the bytes.
u64 memblock_drop_highmem(void);

// Whether all of [start, start+size) is RAM; whether any of it is reserved.
bool memblock_is_ram(u64 start, u64 size);
bool memblock_is_reserved(u64 start, u64 size);

// Sets the end of allocations: memory above is not mapped yet. 0 at the start.
void memblock_set_current_limit(phys_addr_t limit);

// Panics if the first or last word of a free range does not hold data (mm/page/ram_check.c). Once,
// between trap_init() and paging_init().
void memblock_check_ram(void);

// Allocates zeroed whole pages of lowmem, from the top down. Returns the physical address, or 0. align:
// a power of two; less than a page counts as a page.
phys_addr_t memblock_phys_alloc(size_t size, size_t align, const char *name);

// The same without zeroing.
phys_addr_t memblock_phys_alloc_raw(size_t size, size_t align, const char *name);

// The next range at or after *pos that is RAM and not reserved; sets *pos to its end. False: none is
// left.
bool memblock_next_free(u64 *pos, phys_addr_t *start, phys_addr_t *end);

// Range i of RAM or of the reservations, ascending and merged; NULL after the last.
const struct memblock_range *memblock_ram(int i);
const struct memblock_range *memblock_reserved(int i);

// Total RAM in bytes; the end of lowmem (physical, exclusive).
u64 memblock_ram_size(void);
phys_addr_t memblock_lowmem_end(void);
