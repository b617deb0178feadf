// SPDX-License-Identifier: MIT
// Producers and consumers: mutexes, wait queues, sleeping and priorities at once.

#include <kernel/ktest.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <lib/string.h>

#include "random.h"
#include "trail.h"

SUITE("producers");

#define PRODUCERS 4
#define CONSUMERS 3
#define ITEMS     500 // of each producer
#define ROOM      5

static struct {
	struct mutex lock;
	struct wait_queue_head not_empty, not_full;
	u32 item[ROOM];            // [l]
	int used, first;           // [l]
	u32 next[PRODUCERS];       // [l] what comes next of each
	int consumed, out_of_turn; // [l]
} store;

static void dawdle(u32 *x)
{
	switch (random_below(x, 64)) {
	case 0: msleep(1); break;
	case 1 ... 20: yield(); break;
	default: cond_resched();
	}
}

static int produce(void *arg)
{
	const u32 me = (u32)(unsigned long)arg;
	u32 x = me + 1;

	for (u32 i = 0; i < ITEMS; i++) {
		mutex_lock(&store.lock);
		while (store.used == ROOM) {
			mutex_unlock(&store.lock);
			wait_event_exclusive(store.not_full, READ_ONCE(store.used) < ROOM);
			mutex_lock(&store.lock);
		}
		store.item[(store.first + store.used++) % ROOM] = me << 16 | i;
		dawdle(&x);
		mutex_unlock(&store.lock);
		wake_up(&store.not_empty);
		dawdle(&x);
	}
	return 0;
}

static void take_item(void)
{
	const u32 item = store.item[store.first];

	store.first = (store.first + 1) % ROOM;
	store.used--;
	store.consumed++;
	// Items of one producer come in their order, whoever takes them.
	store.out_of_turn += store.next[item >> 16]++ != (item & 0xffff);
}

static bool all_consumed(void)
{
	return READ_ONCE(store.consumed) == PRODUCERS * ITEMS;
}

static int consume(void *arg)
{
	u32 x = (u32)(unsigned long)arg + 100;

	while (!all_consumed()) {
		wait_event_exclusive(store.not_empty, READ_ONCE(store.used) > 0 || all_consumed());
		mutex_lock(&store.lock);
		if (store.used > 0)
			take_item();
		dawdle(&x);
		mutex_unlock(&store.lock);
		wake_up(&store.not_full);
		dawdle(&x);
	}
	wake_up_all(&store.not_empty);
	return 0;
}

TEST("four producers and three consumers, at random speeds and priorities: each item arrives once, "
     "in turn")
{
	struct thread *t[PRODUCERS + CONSUMERS];

	memset(&store, 0, sizeof(store));
	mutex_init(&store.lock);
	init_waitqueue_head(&store.not_empty);
	init_waitqueue_head(&store.not_full);
	for (unsigned long i = 0; i < ARRAY_SIZE(t); i++) {
		const bool producer = i < PRODUCERS;

		t[i] = thread_create(producer ? produce : consume,
				     (void *)(producer ? i : i - PRODUCERS),
				     THREAD_PRIORITY - 1 + (int)(i % 3), "ktest");
		EXPECT_FALSE(IS_ERR(t[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		join(t[i]);
	EXPECT_EQ(store.consumed, PRODUCERS * ITEMS);
	EXPECT_EQ(store.out_of_turn, 0);
	EXPECT_EQ(store.used, 0);
}
