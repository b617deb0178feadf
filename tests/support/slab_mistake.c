// SPDX-License-Identifier: MIT
// A debug cache of the test's own, and what was reported of it.

#include <kernel/ktest.h>

#include "log_watch.h"
#include "slab_mistake.h"
#include "slab_state.h"

struct mistake mistake;

void mistake_begin(slab_flags_t flags)
{
	slab_state_begin();
	mistake.cache = kmem_cache_create("debug test", MISTAKE_SIZE, 0, flags, NULL);
	mistake.errors = slab_errors;
	log_watch_begin();
}

void mistake_reports(unsigned int reports, const char *text)
{
	EXPECT_EQ(slab_errors - mistake.errors, reports);
	EXPECT_EQ(log_seen(text), reports);
	slab_check();
	mistake.errors = slab_errors;
	log_watch_end();
	log_watch_begin();
}

void mistake_end(void)
{
	EXPECT_EQ(kmem_cache_validate(mistake.cache), 0);
	EXPECT_EQ(slab_errors, mistake.errors);
	EXPECT_EQ(kmem_cache_destroy(mistake.cache), 0);
	log_watch_end();
	slab_state_end();
}

__noinline u8 *taker(struct kmem_cache *s)
{
	u8 *object = kmem_cache_alloc(s, GFP_KERNEL);

	barrier();
	return object;
}

__noinline void first_free(struct kmem_cache *s, void *object)
{
	kmem_cache_free(s, object);
	barrier();
}

__noinline void second_free(struct kmem_cache *s, void *object)
{
	kmem_cache_free(s, object);
	barrier();
}
