// SPDX-License-Identifier: MIT
// Early physical memory: which ranges are RAM, which of them are taken, and simple allocation
// until the page allocator exists.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>

#define MEMBLOCK_RANGES 128 // tunable

struct memblock_range {
	phys_addr_t start, end; // end is exclusive
	const char *name;       // what it is, for the log
};

// Where RAM ends at the latest. A range's end must be a number too, as an address and as that of a frame, also
// when it is rounded up to a block of 4 MB: with addresses of 32 bits, the last page below 4 GB is left out;
// with 44, the last 4 MB.
#define MEMBLOCK_END                                                              \
	min(min(BIT_ULL(PHYS_BITS), (u64)ALIGN_DOWN((phys_addr_t)-1, PAGE_SIZE)), \
	    ALIGN_DOWN((u64)(pfn_t)-1 << PAGE_SHIFT, (u64)SZ_4M))

// A list sorted by start, without overlaps; ranges of one name that touch are one.
struct memblock_list {
	int count;
	struct memblock_range r[MEMBLOCK_RANGES];
};

// The state, for gdb and for tests; everybody else calls the functions below.
struct memblock {
	struct memblock_list ram, reserved;
	phys_addr_t current_limit; // allocations end here: what lies above is not mapped yet
};
extern struct memblock memblock;

// Adds RAM in any order, overlapping or not; parts of pages are dropped. Also drops (and reports)
// what lies below PHYS_OFFSET or beyond what the page-table format can address.
void memblock_add(u64 start, u64 size);

// Marks a range as taken; parts of pages count as whole. It need not be RAM.
void memblock_reserve(u64 start, u64 size, const char *name);

// Forgets RAM beyond `limit` bytes in total (mem=).
void memblock_limit(u64 limit);

// Forgets RAM that lies above lowmem (highmem=off), and reports each part. Returns the bytes.
u64 memblock_drop_highmem(void);

// Whether all of [start, start+size) is RAM; whether any of it is reserved.
bool memblock_is_ram(u64 start, u64 size);
bool memblock_is_reserved(u64 start, u64 size);

// Allocations end below this address, because only that much is mapped. 0 at the start.
void memblock_set_current_limit(phys_addr_t limit);

// Panics where a range of RAM that is not reserved keeps no data at one of its ends (mm/page/ram_check.c). Once,
// between trap_init() and paging_init().
void memblock_check_ram(void);

// Zeroed memory of lowmem, from the top down, whole pages: its physical address, or 0.
// align: a power of two, at least a page is taken.
phys_addr_t memblock_phys_alloc(size_t size, size_t align, const char *name);

// The same without zeroing.
phys_addr_t memblock_phys_alloc_raw(size_t size, size_t align, const char *name);

// The next range at or behind *pos that is RAM and not reserved; moves *pos behind it. False: none.
bool memblock_next_free(u64 *pos, phys_addr_t *start, phys_addr_t *end);

// Range i of RAM or of the reservations, ascending, merged; NULL behind the last.
const struct memblock_range *memblock_ram(int i);
const struct memblock_range *memblock_reserved(int i);

// Bytes of RAM in all; the end of lowmem (physical, exclusive).
u64 memblock_ram_size(void);
phys_addr_t memblock_lowmem_end(void);
