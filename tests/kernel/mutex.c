// SPDX-License-Identifier: MIT
// Mutexes: one at a time, in the order of coming; and every wrong use is told and harms nothing.

#include <kernel/ktest.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/wait.h>

#include "log_watch.h"
#include "trail.h"

SUITE("mutex");

static DEFINE_MUTEX(lock);

// The wrong uses that fn() makes, none of which reaches the console.
static unsigned long mistakes_of(void (*fn)(void))
{
	const unsigned long before = mutex_mistakes;

	log_watch_begin();
	fn();
	log_watch_end();
	return mutex_mistakes - before;
}

TEST("a mutex is locked until it is unlocked, and mutex_trylock says whether it was free")
{
	EXPECT_FALSE(mutex_is_locked(&lock));
	mutex_lock(&lock);
	EXPECT_TRUE(mutex_is_locked(&lock));
	EXPECT_FALSE(mutex_trylock(&lock));
	mutex_unlock(&lock);
	EXPECT_FALSE(mutex_is_locked(&lock));
	EXPECT_TRUE(mutex_trylock(&lock));
	EXPECT_TRUE(mutex_is_locked(&lock));
	mutex_unlock(&lock);
}

static int inside, most_inside;
static unsigned long sum;

static int add_inside(void *arg)
{
	for (int i = 0; i < 50; i++) {
		unsigned long was;

		mutex_lock(&lock);
		most_inside = max(most_inside, ++inside);
		was = sum;
		yield();
		sum = was + 1;
		inside--;
		mutex_unlock(&lock);
		if (i % 3 == 0)
			yield();
	}
	return 0;
}

TEST("only one thread is inside, whoever else runs meanwhile")
{
	struct thread *t[6];

	inside = most_inside = 0;
	sum = 0;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		t[i] = start(add_inside, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		join(t[i]);
	EXPECT_EQ(most_inside, 1);
	EXPECT_EQ(sum, 50 * ARRAY_SIZE(t));
}

static int order[8], got;

static int note_turn(void *arg)
{
	mutex_lock(&lock);
	order[got++] = (int)(long)arg;
	mutex_unlock(&lock);
	return 0;
}

TEST("waiters get a mutex in the order of their coming, and nobody gets it before them")
{
	struct thread *t[ARRAY_SIZE(order)];

	got = 0;
	mutex_lock(&lock);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		t[i] = start(note_turn, (void *)i);
	yield();
	EXPECT_EQ(got, 0);
	mutex_unlock(&lock);
	EXPECT_FALSE(mutex_trylock(&lock)); // handed over, though its owner has not run yet
	EXPECT_TRUE(lock.owner == &t[0]->info);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		join(t[i]);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		EXPECT_EQ(order[i], i);
}

TEST("mutexes may be unlocked in another order than they were locked")
{
	struct mutex a, b, c;

	mutex_init(&a);
	mutex_init(&b);
	mutex_init(&c);
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_lock(&c);
	mutex_unlock(&b);
	mutex_unlock(&a);
	EXPECT_TRUE(current->info.held == &c);
	mutex_unlock(&c);
	EXPECT_TRUE(current->info.held == NULL);
}

static int unlock_it(void *arg)
{
	mutex_unlock(&lock);
	return 0;
}

static void unlock_by_stranger(void)
{
	join(start(unlock_it, NULL));
	EXPECT_EQ(log_seen("mutex lock: unlocked by a stranger, by thread"), 1);
	EXPECT_EQ(log_seen(" at unlock_it+"), 1);
	EXPECT_EQ(log_seen("thread 1 (main) has it, locked at "), 1);
}

TEST("an unlock by a thread that does not have it is told, and the owner keeps it")
{
	mutex_lock(&lock);
	EXPECT_EQ(mistakes_of(unlock_by_stranger), 1);
	EXPECT_TRUE(lock.owner == &current->info);
	mutex_unlock(&lock);
	EXPECT_FALSE(mutex_is_locked(&lock));
}

static __noinline void unlock_free(void)
{
	mutex_unlock(&lock);
	EXPECT_EQ(log_seen("mutex lock: unlocked, though it is free, by thread 1 (main) at "
			   "unlock_free+"),
		  1);
}

TEST("an unlock of a free mutex is told, and it stays free")
{
	EXPECT_EQ(mistakes_of(unlock_free), 1);
	EXPECT_FALSE(mutex_is_locked(&lock));
	mutex_lock(&lock);
	mutex_unlock(&lock);
}

static __noinline void lock_again(void)
{
	mutex_lock(&lock);
	EXPECT_EQ(log_seen("mutex lock: locked again by thread 1 (main) at lock_again+"), 1);
}

TEST("a second lock by the owner is told, and it takes a second unlock to free the mutex")
{
	mutex_lock(&lock);
	EXPECT_EQ(mistakes_of(lock_again), 1);
	mutex_unlock(&lock);
	EXPECT_TRUE(mutex_is_locked(&lock));
	mutex_unlock(&lock);
	EXPECT_FALSE(mutex_is_locked(&lock));
}

static void use_in_handler(void)
{
	mutex_lock(&lock);
	mutex_unlock(&lock);
	if (mutex_trylock(&lock))
		mutex_unlock(&lock);
}

static void use_in_interrupt(void)
{
	ktest_in_interrupt(use_in_handler);
	EXPECT_EQ(
		log_seen(
			"mutex lock: locked in an interrupt by thread 1 (main) at use_in_handler+"),
		1);
	EXPECT_EQ(log_seen("unlocked in an interrupt"), 1);
	EXPECT_EQ(log_seen("tried in an interrupt"), 1);
}

TEST("any use in an interrupt is told, and does nothing")
{
	EXPECT_EQ(mistakes_of(use_in_interrupt), 3);
	EXPECT_FALSE(mutex_is_locked(&lock));
	mutex_lock(&lock);
	EXPECT_EQ(mistakes_of(use_in_interrupt), 3);
	EXPECT_TRUE(lock.owner == &current->info);
	mutex_unlock(&lock);
}

static struct mutex second;

static int end_with_both(void *arg)
{
	mutex_lock(&lock);
	mutex_lock(&second);
	yield();
	return 0;
}

static void end_with_mutexes(void)
{
	struct thread *t = start(end_with_both, NULL);

	yield();
	mutex_lock(&lock); // waits for the one that ends
	EXPECT_TRUE(lock.owner == &current->info);
	EXPECT_FALSE(mutex_is_locked(&second));
	mutex_unlock(&lock);
	join(t);
	EXPECT_EQ(log_seen("mutex lock: not unlocked before its end by thread"), 1);
	EXPECT_EQ(log_seen("mutex &second: not unlocked before its end by thread"), 1);
	EXPECT_EQ(log_seen(" at end_with_both+"), 4);
}

TEST("what a thread still has when it ends is told, and goes to who waits for it")
{
	mutex_init(&second);
	EXPECT_EQ(mistakes_of(end_with_mutexes), 2);
}

static int end_after_two_locks(void *arg)
{
	mutex_lock(&lock);
	mutex_lock(&lock);
	return 0;
}

static void end_with_repeated_lock(void)
{
	join(start(end_after_two_locks, NULL));
}

TEST("the next owner of a mutex that a thread locked twice and kept needs one unlock")
{
	EXPECT_EQ(mistakes_of(end_with_repeated_lock), 2); // locked again; not unlocked
	mutex_lock(&lock);
	mutex_unlock(&lock);
	EXPECT_FALSE(mutex_is_locked(&lock));
}

TEST("before the scheduler runs, a mutex can be taken and a condition that is true be waited for")
{
	const struct sched_ops *const ops = sched_ops;
	DECLARE_WAIT_QUEUE_HEAD(queue);

	sched_ops = NULL;
	mutex_lock(&lock);
	wait_event(queue, true);
	EXPECT_GT(wait_event_timeout(queue, true, 0), 0);
	wake_up(&queue);
	mutex_unlock(&lock);
	sched_ops = ops;
	EXPECT_FALSE(mutex_is_locked(&lock));
}
