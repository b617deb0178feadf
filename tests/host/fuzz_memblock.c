// SPDX-License-Identifier: MIT
// Fuzzing memblock against a bit for each page: ranges of any place and size, most of them in the 96
// pages that the model knows, some anywhere in 64 bits.

#include <arch/pt.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/memblock.h>

#include "fuzz.h"

#define PAGES 96
#define BASE  (PHYS_OFFSET + 64 * SZ_1M) // of the pages that the model knows

static bool ram[PAGES], reserved[PAGES];
static bool outside; // something lies outside of the model's pages

void fuzz_start(void)
{
}

static u64 any_address(void)
{
	return fuzz_u8() % 16 ? BASE + fuzz_u32() % (PAGES * PAGE_SIZE) : fuzz_u64();
}

static u64 any_size(void)
{
	return fuzz_u8() % 16 ? fuzz_u32() % (20 * PAGE_SIZE) : fuzz_u64();
}

static u64 end_of(u64 start, u64 size)
{
	return start + size < start ? ~0ULL : start + size;
}

static void add(u64 start, u64 size)
{
	const u64 end = end_of(start, size);

	memblock_add(start, size);
	for (int i = 0; i < PAGES; i++)
		ram[i] |= start <= BASE + i * PAGE_SIZE && end >= BASE + (i + 1) * PAGE_SIZE;
	outside |= size && (start < BASE || end > BASE + PAGES * PAGE_SIZE);
}

static void reserve(u64 start, u64 size)
{
	const u64 end = end_of(start, size);

	memblock_reserve(start, size, fuzz_u8() & 1 ? "one" : "other");
	for (int i = 0; i < PAGES; i++)
		reserved[i] |=
			size && start < BASE + (i + 1) * PAGE_SIZE && end > BASE + i * PAGE_SIZE;
}

static void limit(u64 bytes)
{
	if (outside)
		return; // the model does not know how much RAM there is
	memblock_limit(bytes);
	for (int i = 0; i < PAGES; i++) {
		if (!ram[i])
			continue;
		ram[i] = bytes >= PAGE_SIZE;
		bytes -= min(bytes, (u64)PAGE_SIZE);
	}
}

static void alloc(void)
{
	const size_t size = 1 + fuzz_u32() % (8 * PAGE_SIZE), align = 1u << fuzz_below(16);
	phys_addr_t pa;

	memblock_set_current_limit(BASE + fuzz_u32() % (PAGES * PAGE_SIZE + 1));
	pa = memblock_phys_alloc_raw(size, align, "fuzz");
	if (pa == 0)
		return;
	BUG_ON(pa % align != 0 || pa % PAGE_SIZE != 0);
	BUG_ON(pa + size > memblock.current_limit);
	for (u64 at = pa; at < pa + size; at += PAGE_SIZE) {
		const u64 i = (at - BASE) >> PAGE_SHIFT;

		if (at < BASE || i >= PAGES)
			continue;
		BUG_ON(!ram[i] || reserved[i]);
		reserved[i] = true;
	}
}

static void check_list(const struct memblock_list *list)
{
	for (int i = 0; i < list->count; i++) {
		BUG_ON(list->r[i].start >= list->r[i].end);
		BUG_ON(list->r[i].start % PAGE_SIZE != 0);
		if (i > 0)
			BUG_ON(list->r[i - 1].end > list->r[i].start);
		if (i > 0 && list->r[i - 1].end == list->r[i].start)
			BUG_ON(strcmp(list->r[i - 1].name, list->r[i].name) == 0);
	}
}

static void check(void)
{
	phys_addr_t start, end;
	bool free[PAGES] = { false };

	check_list(&memblock.ram);
	check_list(&memblock.reserved);
	for (u64 pos = 0, last = 0; memblock_next_free(&pos, &start, &end); last = end) {
		BUG_ON(start >= end || start < last);
		for (int i = 0; i < PAGES; i++)
			free[i] |=
				start <= BASE + i * PAGE_SIZE && end >= BASE + (i + 1) * PAGE_SIZE;
	}
	for (int i = 0; i < PAGES; i++) {
		BUG_ON(memblock_is_ram(BASE + i * PAGE_SIZE, PAGE_SIZE) != ram[i]);
		BUG_ON(memblock_is_reserved(BASE + i * PAGE_SIZE, PAGE_SIZE) != reserved[i]);
		BUG_ON(free[i] != (ram[i] && !reserved[i]));
	}
}

void fuzz_one(void)
{
	memset(&memblock, 0, sizeof(memblock));
	memset(ram, 0, sizeof(ram));
	memset(reserved, 0, sizeof(reserved));
	outside = false;
	// Each step adds at most two ranges to a list of 128.
	for (int steps = 0; steps < 60 && fuzz_more(); steps++) {
		switch (fuzz_u8() % 8) {
		case 0: limit(fuzz_u32() % (PAGES * PAGE_SIZE)); break;
		case 1: alloc(); break;
		case 2:
		case 3:
		case 4: reserve(any_address(), any_size()); break;
		default: add(any_address(), any_size());
		}
		check();
	}
}
