// SPDX-License-Identifier: MIT
// For tests of the host's machinery: addresses that nobody else maps, by the page.
#pragma once

#include <mm/gfp.h>
#include <mm/pgtable.h>
#include <mm/vmalloc.h>

#define WINDOW (VMALLOC_START + SZ_2M)

// Maps a page of memory; -EEXIST, -ENOMEM.
int map(unsigned long va, const struct page *page, pgprot_t prot);
// Changes the entry alone: the tests flush, or do not.
void unmap(unsigned long va);
// The word there; that it cannot be read fails the running test.
u32 word_at(unsigned long va);
