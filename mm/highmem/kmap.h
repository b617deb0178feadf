// SPDX-License-Identifier: MIT
// What the two windows to highmem share.
#pragma once

#include <lib/compiler.h>
#include <mm/highmem.h>
#include <mm/pgtable.h>

// The base, once mem_map is there.
pte_t kmap_pte_base(void);

// The entry of va, which is to exist from now on: without its table there is no kernel.
pte_t *kmap_slot(unsigned long va);

// Their halves of kmap_init() and kmap_describe(), and what a wrong address or page is told.
void kmap_local_init(void);
int kmap_local_describe(unsigned long va, char *buf, size_t size);
void kmap_local_show(void (*line)(const char *text, void *arg), void *arg);
struct page *kmap_local_to_page(unsigned long va);
