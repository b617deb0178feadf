// SPDX-License-Identifier: MIT
// Shared by the two windows to highmem.
#pragma once

#include <lib/compiler.h>
#include <mm/highmem.h>
#include <mm/pgtable.h>

// The base for kmap_pte(). Needs mem_map.
pte_t kmap_pte_base(void);

// The entry of va; makes its table, or panics.
pte_t *kmap_slot(unsigned long va);

// kmap_local_page()'s parts of kmap_init(), kmap_describe(), kmap_show() and kmap_to_page().
void kmap_local_init(void);
int kmap_local_describe(unsigned long va, char *buf, size_t size);
void kmap_local_show(void (*line)(const char *text, void *arg), void *arg);
struct page *kmap_local_to_page(unsigned long va);
