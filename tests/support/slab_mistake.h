// SPDX-License-Identifier: MIT
// For tests of mistakes with objects: a cache with debug flags, whose reports are counted.
#pragma once

#include <mm/slab.h>

#define MISTAKE_SIZE 40 // of the objects

extern struct mistake {
	struct kmem_cache *cache;
	unsigned long errors; // reported up to the last look
} mistake;

// slab_state_begin(), a new cache, and a quiet console.
void mistake_begin(slab_flags_t flags);
// Since the last look there were `reports` mistakes, and all of them said `text`; else the running test
// fails. Recounts all caches.
void mistake_reports(unsigned int reports, const char *text);
// Nothing more was reported, all objects are sound, and the cache is empty.
void mistake_end(void);

// Who takes and frees, by name: these stand in the reports, as no inlined function or jump would.
u8 *taker(struct kmem_cache *s);
void first_free(struct kmem_cache *s, void *object);
void second_free(struct kmem_cache *s, void *object);

// The compiler may not know that a pointer was freed, or where it points.
static __always_inline u8 *hide(void *p)
{
	__asm__ volatile("" : "+r"(p));
	return p;
}
