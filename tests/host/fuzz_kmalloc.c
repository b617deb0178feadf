// SPDX-License-Identifier: MIT
// Fuzzing the kmalloc family: sizes and flags of any kind, krealloc, and pointers that nobody may free.
// A debug build: what is wrong is reported, and nothing is harmed.

#include <lib/string.h>
#include <mm/slab.h>

#include "fuzz.h"
#include "start.h"

#define BLOCKS 64

static struct block {
	u8 *p; // NULL: none
	size_t size;
	u8 fill;
} blocks[BLOCKS];

static unsigned long objects, pages;

static void drain(void)
{
	slab_drain();
	drain_all_pages();
}

void fuzz_start(void)
{
	host_start_kernel();
	drain();
	objects = slab_active_objects();
	pages = nr_free_pages() + slab_pages();
}

static size_t any_size(void)
{
	switch (fuzz_u8() % 4) {
	case 0: return fuzz_u8();
	case 1: return fuzz_u32() % 20000;
	case 2: return fuzz_u32() % (KMALLOC_MAX_SIZE + 2);
	default: return fuzz_u8() & 1 ? fuzz_u32() : 0 - (size_t)fuzz_u8();
	}
}

// Ends of the block are written and checked: all of it would make large ones slow.
static void fill(struct block *b)
{
	memset(b->p, b->fill, min(b->size, (size_t)64));
	if (b->size > 64)
		memset(b->p + b->size - 64, b->fill, 64);
}

static void check(const struct block *b, size_t kept)
{
	for (size_t i = 0; i < min(kept, (size_t)64); i++)
		BUG_ON(b->p[i] != b->fill && (b->size <= 64 || i < 64));
	if (kept == b->size)
		for (size_t i = b->size > 64 ? b->size - 64 : 0; i < b->size; i++)
			BUG_ON(b->p[i] != b->fill);
}

static void expect_apart(const struct block *b)
{
	for (int i = 0; i < BLOCKS; i++) {
		const struct block *o = &blocks[i];

		BUG_ON(o != b && o->p && o->size && b->p < o->p + o->size && o->p < b->p + b->size);
	}
}

static void take(struct block *b)
{
	const u8 how = fuzz_u8();
	const gfp_t gfp = fuzz_u32() & ~__GFP_NOFAIL;
	const size_t size = any_size(), n = how & 4 ? fuzz_u32() : 1 + how % 3;
	u8 *p = how & 1 ? kmalloc(size, gfp) : how & 2 ? kzalloc(size, gfp) : kcalloc(n, size, gfp);
	const size_t bytes = how & 3 ? size : n * size;

	if (!p)
		return;
	BUG_ON(bytes > KMALLOC_MAX_SIZE || (!(how & 3) && size && bytes / size != n));
	*b = (struct block){ p, bytes, fuzz_u8() };
	BUG_ON(ksize(p) < bytes || (bytes == 0) != (p == ZERO_SIZE_PTR));
	if (bytes == 0)
		return;
	BUG_ON((gfp & __GFP_DMA) && __pa(p) + bytes > PHYS_OFFSET + ZONE_DMA_SIZE);
	expect_apart(b);
	for (size_t i = 0; i < bytes && !(how & 1); i++)
		BUG_ON(p[i] != 0);
	fill(b);
}

static void resize(struct block *b)
{
	const size_t size = any_size();
	u8 *p = krealloc(b->p, size, GFP_KERNEL);

	if (!p) {
		check(b, b->size);
		return;
	}
	b->p = p;
	if (size < b->size)
		check(b, size);
	else
		check(b, b->size);
	b->size = size;
	if (size == 0)
		return;
	expect_apart(b);
	fill(b);
}

static void give(struct block *b)
{
	if (b->size)
		check(b, b->size);
	if (fuzz_u8() & 1)
		kfree_sensitive(b->p);
	else
		kfree(b->p);
	b->p = NULL;
}

// A double free, an address inside of a block, or any address at all.
static void free_wrongly(const struct block *b)
{
	u8 *p = (u8 *)(unsigned long)fuzz_u32();

	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i].p == p)
			return;
	if (b->p && b->size > 1 && fuzz_u8() & 1)
		p = b->p + 1 + fuzz_u32() % (b->size - 1);
	kfree(p);
	if (p != ZERO_SIZE_PTR && p)
		(void)ksize(p);
}

void fuzz_one(void)
{
	while (fuzz_more()) {
		struct block *b = &blocks[fuzz_below(BLOCKS)];
		const u8 how = fuzz_u8();

		if (how == 0)
			free_wrongly(b);
		else if (!b->p)
			take(b);
		else if (how & 1)
			resize(b);
		else
			give(b);
	}
	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i].p)
			give(&blocks[i]);
	drain();
	slab_check();
	buddy_check();
	BUG_ON(slab_active_objects() != objects);
	BUG_ON(nr_free_pages() + slab_pages() != pages);
}
