// SPDX-License-Identifier: MIT
// For tests of memory: any number of blocks held at once, chained through their own struct pages.
#pragma once

#include <mm/gfp.h>

struct page_chain {
	struct list_head blocks; // newest first, by page->lru; page->private is the order
	unsigned long count, pages;
};

// clang-format off
#define PAGE_CHAIN(name) struct page_chain name = { LIST_HEAD_INIT((name).blocks), 0, 0 }
// clang-format on

void chain_add(struct page_chain *chain, struct page *page, unsigned int order);

// Takes blocks of one order until there are none, or `most` of them. Returns how many it got.
unsigned long chain_take(struct page_chain *chain, gfp_t gfp, unsigned int order,
			 unsigned long most);

// Takes whatever these flags can have, from the largest blocks down to single pages. Returns pages.
unsigned long chain_take_all(struct page_chain *chain, gfp_t gfp);

// Whether the chain is whole: as many blocks and pages as were added, each handed out with its
// order. A block that was handed out twice breaks it.
bool chain_is_whole(const struct page_chain *chain);

// Gives back the newest block, or all.
void chain_drop(struct page_chain *chain);
void chain_free(struct page_chain *chain);
