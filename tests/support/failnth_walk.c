// SPDX-License-Identifier: MIT
// Fails each allocation of an operation, and looks at what stays.

#include <kernel/ktest.h>
#include <mm/fault_inject.h>
#include <mm/slab.h>

#include "failnth_walk.h"
#include "free_state.h"
#include "log_watch.h"

void failnth_shrink(void)
{
	for (int type = 0; type < NR_KMALLOC_TYPES; type++)
		for (int i = 0; i < NR_KMALLOC_SIZES; i++)
			if (kmalloc_caches[type][i].size)
				kmem_cache_shrink(&kmalloc_caches[type][i]);
}

// What start-up has left in the kmalloc caches, partly used slabs, is filled up, so that an operation
// there needs fresh ones.
#define FILLERS_MAX 1000
static struct {
	void *object[FILLERS_MAX];
	int count;
} fillers;

static void fill_partial_slabs(void)
{
	failnth_shrink();
	for (int type = 0; type < NR_KMALLOC_TYPES; type++) {
		for (int i = 0; i < NR_KMALLOC_SIZES; i++) {
			struct kmem_cache *s = &kmalloc_caches[type][i];

			while (s->size && s->nr_partial > 0 && fillers.count < FILLERS_MAX) {
				fillers.object[fillers.count++] = kmem_cache_alloc(s, GFP_KERNEL);
				kmem_cache_shrink(s);
			}
		}
	}
	EXPECT_LT(fillers.count, FILLERS_MAX);
}

static void free_fillers(void)
{
	while (fillers.count > 0)
		kfree(fillers.object[--fillers.count]);
}

bool failnth_run(bool (*operation)(void), unsigned int n, bool *failed)
{
	bool succeeded;

	failnth_shrink(); // so that the operation needs fresh slabs
	log_watch_begin();
	fail_nth(n);
	succeeded = operation();
	*failed = fail_nth_done();
	fail_nth(0);
	log_watch_end();
	return succeeded;
}

unsigned int failnth_walk(bool (*operation)(void), unsigned int must_fail)
{
	unsigned long objects;
	unsigned int n = 0, failures = 0;
	bool failed, succeeded;

	// The first run may make what stays: a slab for the cache of caches.
	EXPECT_TRUE(operation());
	fill_partial_slabs();
	objects = slab_active_objects();
	free_state_begin();
	do {
		succeeded = failnth_run(operation, ++n, &failed);
		failures += !succeeded;
		if (!failed)
			EXPECT_TRUE(succeeded);
		failnth_shrink();
		EXPECT_EQ(slab_active_objects(), objects);
		free_state_end();
		slab_check();
	} while (failed && n < NTH_MAX);
	free_fillers();
	EXPECT_LT(n, NTH_MAX);
	EXPECT_GE(failures, must_fail);
	return n - 1;
}
