// SPDX-License-Identifier: MIT
// A model of what is handed out, too simple to be wrong: a table of blocks, and an owner for each page.
#pragma once

#include <kernel/panic.h>
#include <mm/gfp.h>

enum kind { NOTHING, PAGES, KMALLOC, OBJECT, VMALLOC, NR_KINDS };

// What is handed out.
struct block {
	enum kind kind;
	void *p;            // NULL: highmem, which is not written to
	struct page *page;  // PAGES
	unsigned int order; // PAGES
	u32 size;           // bytes with the pattern
	u32 pattern;
	int cache; // OBJECT
};

#define BLOCKS 4096
#define CACHES 6

extern struct model {
	u64 state, seed;
	struct block block[BLOCKS];
	u8 *owner; // for each page: what kind of owner it has
	struct kmem_cache *cache[CACHES];
	unsigned long live, failed, operations;
	unsigned long count[NR_KINDS][2]; // by kind: taken, given back
} model;

#define EXPECT(cond)                                                                     \
	do {                                                                             \
		if (!(cond))                                                             \
			panic("model: operation %lu of seed %llu: %s", model.operations, \
			      model.seed, #cond);                                        \
	} while (0)

// Any number, and one below n.
u32 random_u32(void);
u32 below(u32 n);

// Writes a pattern over all that a block may use; looks whether its first bytes still have it, or all are zero.
void block_fill(struct block *b);
void block_check(const struct block *b, u32 size);
void block_expect_zero(const struct block *b);

// Pages that nobody had are taken, or given back by the one who had them.
void own(const struct page *page, unsigned int order, enum kind kind);
void disown(const struct page *page, unsigned int order, enum kind kind);

void create_caches(void);
void destroy_caches(void);

// One step with a block: an empty one is taken, in one of four ways; another one is given back, or a block of
// kmalloc gets another size. Each looks at all that is promised.
void block_take(struct block *b);
void block_give(struct block *b);
void block_resize(struct block *b);
