// SPDX-License-Identifier: MIT
// memblock: the RAM and the reserved ranges, until the page allocator exists.
//
// Owns: two sorted lists, RAM and reservations (struct memblock).
// Rules: used by one CPU during start-up; not in interrupts.
// Linux: mm/memblock.c, where both lists can grow and memory has nodes and flags.

#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/fault_inject.h>
#include <mm/memblock.h>

struct memblock memblock;

static void insert_range(struct memblock_list *list, int i, struct memblock_range range)
{
	if (list->count == MEMBLOCK_RANGES)
		panic("memblock: more than %d ranges of memory, at %#llx", MEMBLOCK_RANGES,
		      (u64)range.start);
	memmove(&list->r[i + 1], &list->r[i], (list->count - i) * sizeof(range));
	list->r[i] = range;
	list->count++;
}

static void remove_range(struct memblock_list *list, int i)
{
	list->count--;
	memmove(&list->r[i], &list->r[i + 1], (list->count - i) * sizeof(list->r[0]));
}

static bool same_name(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

// Merges range i with the following ones that it touches or overlaps, if their names agree.
static void merge_from(struct memblock_list *list, int i)
{
	while (i + 1 < list->count) {
		struct memblock_range *a = &list->r[i], *b = &list->r[i + 1];

		if (a->end < b->start || !same_name(a->name, b->name))
			return;
		a->end = max(a->end, b->end);
		remove_range(list, i + 1);
	}
}

// Adds the parts of [start, end) that no range of the list covers yet, then merges.
static void add_range(struct memblock_list *list, phys_addr_t start, phys_addr_t end,
		      const char *name)
{
	int i = 0;

	while (i < list->count && list->r[i].end < start)
		i++;
	while (start < end) {
		phys_addr_t next = i < list->count ? list->r[i].start : end;

		if (start < next) {
			insert_range(list, i,
				     (struct memblock_range){ start, min(end, next), name });
			i++;
		}
		if (i == list->count || next >= end)
			break;
		start = max(start, list->r[i].end);
		i++;
	}
	for (i = 0; i < list->count; i++)
		merge_from(list, i);
}

static void ignore(u64 start, u64 end, const char *why)
{
	pr_warn("memory: [mem %#010llx-%#010llx] %s, ignored\n", start, end - 1, why);
}

void memblock_add(u64 start, u64 size)
{
	const u64 limit = MEMBLOCK_END;
	u64 end = range_end(start, size);

	if (end > limit) {
		ignore(max(start, limit), end,
		       "lies beyond what " PT_FORMAT " page tables can address");
		end = limit;
	}
	if (start < PHYS_OFFSET && end > start) {
		ignore(start, min(end, (u64)PHYS_OFFSET), "lies below the kernel's linear map");
		start = PHYS_OFFSET;
	}
	if (start >= end)
		return; // rounding up could overflow 64 bits
	start = ALIGN(start, PAGE_SIZE);
	end = ALIGN_DOWN(end, PAGE_SIZE);
	if (start < end)
		add_range(&memblock.ram, start, end, "System RAM");
}

void memblock_reserve(u64 start, u64 size, const char *name)
{
	const u64 limit = MEMBLOCK_END;
	u64 end = min(range_end(start, size), limit);

	start = ALIGN_DOWN(start, PAGE_SIZE);
	end = ALIGN(end, PAGE_SIZE);
	if (size != 0 && start < end)
		add_range(&memblock.reserved, start, end, name);
}

void memblock_limit(u64 limit)
{
	for (int i = 0; i < memblock.ram.count; i++) {
		struct memblock_range *r = &memblock.ram.r[i];
		u64 size = r->end - r->start;

		if (size > limit) {
			r->end = r->start + ALIGN_DOWN(limit, PAGE_SIZE);
			memblock.ram.count = r->end > r->start ? i + 1 : i;
			return;
		}
		limit -= size;
	}
}

u64 memblock_drop_highmem(void)
{
	const u64 most = (u64)PHYS_OFFSET + LOWMEM_MAX_SIZE;
	u64 dropped = 0;
	int kept = 0;

	for (int i = 0; i < memblock.ram.count; i++) {
		struct memblock_range *r = &memblock.ram.r[i];

		if (r->start < most)
			kept = i + 1;
		if (r->end <= most)
			continue;
		dropped += r->end - max((u64)r->start, most);
		ignore(max((u64)r->start, most), r->end, "lies above lowmem");
		r->end = min((u64)r->end, most);
	}
	memblock.ram.count = kept;
	return dropped;
}

// Whether one range of the list contains all of [start, end); *any: whether a range overlaps it.
static bool covers(const struct memblock_list *list, u64 start, u64 end, bool *any)
{
	*any = false;
	for (int i = 0; i < list->count; i++) {
		const struct memblock_range *r = &list->r[i];

		if (r->start < end && r->end > start)
			*any = true;
		if (r->start <= start && r->end >= end)
			return true;
	}
	return false;
}

bool memblock_is_ram(u64 start, u64 size)
{
	bool any;

	return size != 0 && covers(&memblock.ram, start, range_end(start, size), &any);
}

bool memblock_is_reserved(u64 start, u64 size)
{
	bool any;

	covers(&memblock.reserved, start, range_end(start, size), &any);
	return any;
}

// The highest aligned place for size bytes in [lo, hi) that overlaps no reservation, or 0. So physical
// page 0 is never allocated.
static phys_addr_t find_free(phys_addr_t lo, phys_addr_t hi, size_t size, size_t align)
{
	while (hi >= size && hi - size >= lo) {
		phys_addr_t start = ALIGN_DOWN(hi - size, align);
		const struct memblock_range *blocker = NULL;

		if (start < lo)
			return 0;
		for (int i = 0; i < memblock.reserved.count; i++) {
			const struct memblock_range *r = &memblock.reserved.r[i];

			if (r->start < start + size && r->end > start)
				blocker = r;
		}
		if (!blocker)
			return start;
		hi = blocker->start;
	}
	return 0;
}

void memblock_set_current_limit(phys_addr_t limit)
{
	memblock.current_limit = limit;
}

phys_addr_t memblock_phys_alloc_raw(size_t size, size_t align, const char *name)
{
	const phys_addr_t limit = min(memblock_lowmem_end(), memblock.current_limit);

	size = ALIGN(size, PAGE_SIZE);
	align = max(align, (size_t)PAGE_SIZE);
	if (should_fail_memblock(name))
		return 0;
	for (int i = memblock.ram.count - 1; i >= 0; i--) {
		const phys_addr_t lo = memblock.ram.r[i].start;
		const phys_addr_t hi = min(memblock.ram.r[i].end, limit);
		phys_addr_t pa = lo < hi ? find_free(lo, hi, size, align) : 0;

		if (pa == 0)
			continue;
		memblock_reserve(pa, size, name);
		return pa;
	}
	return 0;
}

phys_addr_t memblock_phys_alloc(size_t size, size_t align, const char *name)
{
	phys_addr_t pa = memblock_phys_alloc_raw(size, align, name);

	if (pa)
		memset(__va((unsigned long)pa), 0, size);
	return pa;
}

bool memblock_next_free(u64 *pos, phys_addr_t *start, phys_addr_t *end)
{
	for (int i = 0; i < memblock.ram.count; i++) {
		u64 lo = max(*pos, (u64)memblock.ram.r[i].start), hi = memblock.ram.r[i].end;

		for (int j = 0; j < memblock.reserved.count && lo < hi; j++) {
			const struct memblock_range *r = &memblock.reserved.r[j];

			if (r->end <= lo)
				continue;
			if (r->start > lo) {
				hi = min(hi, (u64)r->start);
				break;
			}
			lo = r->end;
		}
		if (lo >= hi)
			continue;
		*pos = hi;
		*start = lo;
		*end = hi;
		return true;
	}
	return false;
}

const struct memblock_range *memblock_ram(int i)
{
	return i < memblock.ram.count ? &memblock.ram.r[i] : NULL;
}

const struct memblock_range *memblock_reserved(int i)
{
	return i < memblock.reserved.count ? &memblock.reserved.r[i] : NULL;
}

u64 memblock_ram_size(void)
{
	u64 total = 0;

	for (int i = 0; i < memblock.ram.count; i++)
		total += memblock.ram.r[i].end - memblock.ram.r[i].start;
	return total;
}

phys_addr_t memblock_lowmem_end(void)
{
	const u64 most = (u64)PHYS_OFFSET + LOWMEM_MAX_SIZE;
	u64 end = PHYS_OFFSET;

	for (int i = 0; i < memblock.ram.count; i++)
		if (memblock.ram.r[i].start < most)
			end = min((u64)memblock.ram.r[i].end, most);
	return (phys_addr_t)end; // at most the end of RAM
}
