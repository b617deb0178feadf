// SPDX-License-Identifier: MIT
// For tests of the slab allocator: what was taken at the start is given back at the end.
#pragma once

#include <mm/slab.h>

// Gives back every empty slab, and notes the objects in use and every free block of pages.
void slab_state_begin(void);

// The same again: fails the running test for what is not as it was, then recounts all caches.
void slab_state_end(void);

// The compiler may not know the number: kmalloc() of it goes by the paths for sizes known at run time only.
static inline size_t hide_size(size_t n)
{
	__asm__ volatile("" : "+r"(n));
	return n;
}

// Objects held at once, and the way to fill and drain a cache with them.
#define HELD_MOST 512
struct held {
	struct kmem_cache *cache;
	void *object[HELD_MOST];
	unsigned int count;
};
// slab_state_begin(), and a new cache. NULL fails the running test.
struct kmem_cache *held_begin(struct held *held, unsigned int size, unsigned int align,
			      slab_flags_t flags, void (*ctor)(void *object));
// Gives back all objects and destroys the cache, which must work; then slab_state_end().
void held_end(struct held *held);
// Takes n more objects; stops at the first failure. Returns how many there are now.
unsigned int held_take(struct held *held, unsigned int n);
// Gives back the objects from number `from` on.
void held_give(struct held *held, unsigned int from);
// Fills every object with bytes of its own; counts the bytes that are not so any more.
void held_write(struct held *held, unsigned int size);
unsigned int held_wrong(const struct held *held, unsigned int size);

// The first page of the slab that an object lies in.
static inline struct page *slab_of(const void *object)
{
	return virt_to_page(object)->head;
}
