// SPDX-License-Identifier: MIT
// Fuzzing vmalloc and vmap: sizes and flags of any kind, areas for others, and addresses that nobody
// may give back. A debug build: what is wrong is reported, and nothing is harmed.

#include <arch/host/host.h>
#include <arch/trap.h>
#include <lib/string.h>
#include <mm/balance.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "fuzz.h"
#include "start.h"

#define AREAS     48
#define MAP_PAGES 8

enum kind { NOTHING, ALLOC, MAP, AREA };

static struct area {
	enum kind kind;
	u8 *p;
	unsigned long size;
	u8 fill;
} areas[AREAS];

static struct page *shown[MAP_PAGES]; // what vmap shows; some of them the same
static unsigned long used;

void fuzz_start(void)
{
	host_start_kernel();
	for (int i = 0; i < MAP_PAGES; i++)
		shown[i] = i % 3 ? alloc_page(GFP_HIGHUSER) : i ? shown[0] : alloc_page(GFP_KERNEL);
	used = vmalloc_used();
	memory_balance.begin();
}

static unsigned long any_size(void)
{
	switch (fuzz_u8() % 8) {
	case 0: return fuzz_u32();
	case 1: return 0 - (unsigned long)fuzz_u8();
	case 2: return (VMALLOC_END - VMALLOC_START) - PAGE_SIZE * fuzz_u8() + fuzz_u8();
	case 3: return fuzz_u32() % (2 * SZ_1M);
	default: return fuzz_u32() % (8 * PAGE_SIZE);
	}
}

// For areas that get pages. Each page is touched, which is a fault here, so more than ALLOC_MAX is asked for
// only where it cannot be had; the suites and the model take large ones.
#define ALLOC_MAX (16 * PAGE_SIZE)

static unsigned long any_alloc_size(void)
{
	const unsigned long size = any_size();

	return size > VMALLOC_END - VMALLOC_START ? size : size % (ALLOC_MAX + 1);
}

static bool reachable(const u8 *p)
{
	u8 byte;

	return read_nofault_u8((unsigned long)p, &byte) == 0;
}

// Ends of an area are written and checked: all of it would make large ones slow.
static void fill(struct area *a)
{
	a->fill = fuzz_u8();
	memset(a->p, a->fill, min(a->size, 64UL));
	a->p[a->size - 1] = a->fill;
}

static void check(const struct area *a)
{
	for (unsigned long i = 0; i < min(a->size, 64UL); i++)
		BUG_ON(a->p[i] != a->fill);
	BUG_ON(a->p[a->size - 1] != a->fill);
	BUG_ON(reachable(a->p - 1) || reachable(a->p + ALIGN(a->size, PAGE_SIZE)));
}

static void expect_apart(const struct area *a)
{
	const u8 *end = a->p + ALIGN(a->size, PAGE_SIZE) + PAGE_SIZE;

	BUG_ON(!IS_ALIGNED((unsigned long)a->p, PAGE_SIZE));
	BUG_ON((unsigned long)a->p < VMALLOC_START || (unsigned long)end > VMALLOC_END);
	for (const struct area *o = areas; o < areas + AREAS; o++)
		BUG_ON(o != a && o->kind && o->p < end &&
		       a->p < o->p + ALIGN(o->size, PAGE_SIZE) + PAGE_SIZE);
}

static void take_alloc(struct area *a)
{
	const gfp_t gfp = fuzz_u8() & 1 ? GFP_KERNEL : GFP_KERNEL | (fuzz_u32() & GFP_ZONEMASK);
	const bool zero = fuzz_u8() & 1;
	const unsigned long size = any_alloc_size();
	u8 *p = __vmalloc(size, zero ? gfp | __GFP_ZERO : gfp);

	if (!p)
		return;
	BUG_ON(size == 0);
	*a = (struct area){ ALLOC, p, size, 0 };
	expect_apart(a);
	for (unsigned long i = 0; zero && i < size; i += i < 4096 ? 1 : 251)
		BUG_ON(p[i] != 0);
	BUG_ON(vmalloc_to_page(p)->_refcount != 1);
	BUG_ON(page_zonenum(vmalloc_to_page(p)) >
	       gfp_zone(gfp | (gfp & GFP_ZONEMASK ? 0 : __GFP_HIGHMEM)));
	fill(a);
}

static void take_map(struct area *a)
{
	struct page *list[MAP_PAGES];
	const unsigned int count = fuzz_u8() % (MAP_PAGES + 1);
	u8 *p;

	for (unsigned int i = 0; i < count; i++)
		list[i] = shown[fuzz_u8() % MAP_PAGES];
	p = vmap(list, count, fuzz_u8() & 1 ? VM_MAP : 0, fuzz_u32() & 0x3f);
	BUG_ON(p && count == 0);
	if (!p) {
		// Large areas may have left no room for it.
		BUG_ON(count > 0 && get_vm_area(count * PAGE_SIZE, VM_MAP));
		return;
	}
	*a = (struct area){ MAP, p, count * PAGE_SIZE, 0 };
	expect_apart(a);
	for (unsigned int i = 0; i < count; i++)
		BUG_ON(vmalloc_to_page(p + i * PAGE_SIZE) != list[i]);
}

static void take_area(struct area *a)
{
	const unsigned long size = any_size();
	struct vm_struct *vm = get_vm_area(size, VM_IOREMAP);

	if (!vm)
		return;
	*a = (struct area){ AREA, vm->addr, size, 0 };
	expect_apart(a);
	BUG_ON(find_vm_area(a->p + size - 1) != vm || reachable(a->p));
}

static void take(struct area *a)
{
	void (*const takes[])(struct area *) = { take_alloc, take_alloc, take_map, take_area };

	takes[fuzz_below(ARRAY_SIZE(takes))](a);
}

static void give(struct area *a)
{
	if (a->kind == ALLOC) {
		check(a);
		vfree(a->p);
	} else if (a->kind == MAP) {
		vunmap(a->p);
	} else {
		kfree(remove_vm_area(a->p));
	}
	BUG_ON(reachable(a->p) || find_vm_area(a->p));
	a->kind = NOTHING;
}

// By the wrong function, an address inside, the one that was just given back, or any address at all.
static void give_wrongly(const struct area *a)
{
	const unsigned long mistakes = vmalloc_mistakes, count = vmalloc_areas();
	const u8 *p = (const u8 *)(unsigned long)fuzz_u32();
	const bool map = fuzz_u8() & 1;

	if (fuzz_u8() & 1)
		p = a->p + fuzz_u32() % (a->size + PAGE_SIZE + 1);
	for (const struct area *o = areas; o < areas + AREAS; o++)
		if (o->kind == (map ? MAP : ALLOC) && o->p == p)
			return;
	if (map)
		vunmap(p);
	else
		vfree(p);
	BUG_ON(vmalloc_mistakes != mistakes + (p != NULL) || vmalloc_areas() != count);
}

static void describe(void)
{
	char text[300];
	const size_t size = 1 + fuzz_below(sizeof(text));
	const int len = vmalloc_describe(VMALLOC_START + fuzz_u32() % (VMALLOC_END - VMALLOC_START),
					 text, size);

	BUG_ON(len < 0 || (size_t)len >= size || strlen(text) != (size_t)len);
}

void fuzz_one(void)
{
	const char *differs;

	while (fuzz_more()) {
		struct area *a = &areas[fuzz_below(AREAS)];
		const u8 how = fuzz_u8();

		if (how < 16)
			give_wrongly(a);
		else if (how < 20)
			describe();
		else if (a->kind == NOTHING)
			take(a);
		else
			give(a);
	}
	for (int i = 0; i < AREAS; i++)
		if (areas[i].kind != NOTHING)
			give(&areas[i]);
	vmalloc_check();
	buddy_check();
	BUG_ON(vmalloc_used() != used);
	differs = memory_balance.end();
	if (differs)
		panic("an input left %s", differs);
	BUG_ON(tlb_stale() != 0);
}
