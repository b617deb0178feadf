// SPDX-License-Identifier: MIT
// 20,000 random operations: sizes, order and kinds at random, contents checked, areas apart and guarded,
// and everything back at the end.

#include <kernel/ktest.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "free_state.h"
#include "random.h"
#include "reachable.h"

SUITE("vmalloc_random");

#define OPERATIONS 20000
#define MOST       100
#define MAP_PAGES  4

enum kind { NOTHING, VMALLOC, VMAP, KVMALLOC };

static struct {
	struct {
		enum kind kind;
		u8 *p;
		unsigned long size;
		u32 key;
	} held[MOST];
	struct page *pages[MAP_PAGES]; // what vmap shows
	u32 random, next_key;
	unsigned int wrong, live, taken[4];
} model;

static u32 area_below(u32 n)
{
	return random_below(&model.random, n);
}

// A word of its own at the start of each page, and the last byte.
static void fill_random_area(unsigned int i)
{
	model.held[i].key = ++model.next_key * 2654435761u;
	for (unsigned long at = 0; at + 4 <= model.held[i].size; at += PAGE_SIZE)
		*(u32 *)(model.held[i].p + at) = model.held[i].key + at;
	model.held[i].p[model.held[i].size - 1] = (u8)model.held[i].key;
}

static bool random_area_intact(unsigned int i)
{
	const unsigned long last = model.held[i].size - 1;

	for (unsigned long at = 0; at + 4 <= last; at += PAGE_SIZE)
		if (*(u32 *)(model.held[i].p + at) != model.held[i].key + at)
			return false;
	return model.held[i].p[last] == (u8)model.held[i].key;
}

// At least a page lies between this area and any other; that page and the one before are unmapped.
static bool apart_and_guarded(unsigned int i)
{
	u8 *const start = model.held[i].p, *const end =
						   start + ALIGN(model.held[i].size, PAGE_SIZE);

	for (unsigned int n = 0; n < MOST; n++) {
		const u8 *p = model.held[n].p;

		if (n == i || !model.held[n].kind || !is_vmalloc_addr(p))
			continue;
		if (p < end + PAGE_SIZE &&
		    start < p + ALIGN(model.held[n].size, PAGE_SIZE) + PAGE_SIZE)
			return false;
	}
	return !reachable(start - 1) && !reachable(end) && reachable(end - 1);
}

static unsigned long random_area_size(void)
{
	switch (area_below(64)) {
	case 0: return 1 + area_below(300000);
	case 1: return PAGE_SIZE * (1 + area_below(16));
	case 2: return PAGE_SIZE * (1 + area_below(16)) + 1;
	default: return 1 + area_below(3 * PAGE_SIZE);
	}
}

static void allocate_random_area(unsigned int i)
{
	const u32 how = area_below(16);
	const enum kind kind = how < 12 ? VMALLOC : how < 14 ? VMAP : KVMALLOC;
	unsigned long size = random_area_size();
	u8 *p;

	if (kind == VMAP) {
		size = PAGE_SIZE * (1 + area_below(MAP_PAGES));
		p = vmap(model.pages, size >> PAGE_SHIFT, VM_MAP, PAGE_KERNEL);
	} else if (kind == KVMALLOC) {
		p = kvmalloc(size, GFP_KERNEL);
	} else {
		p = how & 1 ? vzalloc(size) : vmalloc(size);
	}
	model.wrong += p == NULL;
	if (!p)
		return;
	model.held[i].kind = kind;
	model.held[i].p = p;
	model.held[i].size = size;
	model.live++;
	model.taken[kind]++;
	if (kind == VMALLOC && (how & 1)) // zeros, at both ends of each page
		for (unsigned long at = 0; at < size; at += PAGE_SIZE)
			model.wrong += p[at] != 0 || p[min(at + PAGE_SIZE, size) - 1] != 0;
	if (kind != VMAP)
		fill_random_area(i);
	else
		model.wrong += *(u32 *)p != 0x896;
	if (is_vmalloc_addr(p) && model.next_key % 16 == 0)
		model.wrong += !apart_and_guarded(i);
}

static void free_random_area(unsigned int i)
{
	u8 *const p = model.held[i].p;
	const enum kind kind = model.held[i].kind;

	if (kind == VMAP)
		model.wrong += *(u32 *)p != 0x896;
	else
		model.wrong += !random_area_intact(i);
	if (kind == VMAP)
		vunmap(p);
	else if (kind == KVMALLOC)
		kvfree(p);
	else
		vfree(p);
	model.held[i].kind = NOTHING;
	model.live--;
	if (kind == VMALLOC && area_below(16) == 0)
		model.wrong += reachable(p);
}

TEST("S205 S206 20,000 random vmalloc, vzalloc, vmap and kvmalloc calls: contents hold, areas are "
     "apart, and all of it comes back")
{
	const unsigned long mistakes = vmalloc_mistakes;

	memset(&model, 0, sizeof(model));
	model.random = 0x896896;
	for (int i = 0; i < MAP_PAGES; i++) {
		model.pages[i] = alloc_page(GFP_KERNEL);
		ASSERT_NE(model.pages[i], NULL);
		*(u32 *)page_to_virt(model.pages[i]) = 0x896;
	}
	for (int n = 0; n < OPERATIONS; n++) {
		const unsigned int i = area_below(MOST);

		if (model.held[i].kind)
			free_random_area(i);
		else
			allocate_random_area(i);
		if (n % 1000 == 0)
			vmalloc_check();
	}
	EXPECT_GT(model.taken[VMALLOC], 6000);
	EXPECT_GT(model.taken[VMAP], 800);
	for (unsigned int i = 0; i < MOST; i++)
		if (model.held[i].kind)
			free_random_area(i);
	EXPECT_EQ(model.live, 0);
	EXPECT_EQ(model.wrong, 0);
	EXPECT_EQ(vmalloc_mistakes, mistakes);
	for (int i = 0; i < MAP_PAGES; i++)
		__free_page(model.pages[i]);
	vmalloc_check();
}
