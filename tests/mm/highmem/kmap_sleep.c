// SPDX-License-Identifier: MIT
// kmap() when all 512 slots are in use: it sleeps until somebody calls kunmap().

#include <kernel/sched.h>
#include <lib/util.h>

#include "high_pages.h"
#include "random.h"

SUITE("kmap_sleep");

#define SLEEPERS 20
#define PAGES    (LAST_PKMAP + SLEEPERS)
_Static_assert(PAGES <= HIGH_PAGES, "there is a page for each slot and each sleeper");

// One of the threads: what it is to map, how far it has come, where the page was.
struct sleeper {
	struct thread *thread;
	struct page *page;
	u32 *va;
	bool go_on; // unmap and end
};
static struct sleeper sleepers[SLEEPERS];

// Takes all pages, and all slots.
static void fill_kmap_slots(void)
{
	kmap_flush();
	memset(sleepers, 0, sizeof(sleepers));
	high_pages_take(PAGES);
	for (int i = 0; i < LAST_PKMAP; i++)
		*(u32 *)kmap(pages[i]) = i;
	EXPECT_EQ(kmap_used(), LAST_PKMAP);
}

static void free_kmap_slots(void)
{
	high_pages_give(PAGES);
}

static int map_and_wait(void *arg)
{
	struct sleeper *s = arg;

	s->va = kmap(s->page);
	*s->va = 0x896;
	while (!READ_ONCE(s->go_on))
		yield();
	kunmap(s->page);
	return 0;
}

static void start_sleeper(struct sleeper *s, struct page *page)
{
	s->page = page;
	s->thread = thread_create(map_and_wait, s, THREAD_PRIORITY, "kmap sleeper");
	EXPECT_FALSE(IS_ERR(s->thread));
}

static void stop_sleeper(struct sleeper *s)
{
	s->go_on = true;
	EXPECT_EQ(thread_join(s->thread, NULL), 0);
}

// Lets everybody run who can.
static void let_run(void)
{
	for (int i = 0; i < 3 * SLEEPERS; i++)
		yield();
}

static int number_mapped(void)
{
	int n = 0;

	for (int i = 0; i < SLEEPERS; i++)
		n += sleepers[i].va != NULL;
	return n;
}

TEST("S221 W06 with 512 slots taken, kmap() of a 513th page sleeps, until a kunmap() wakes it")
{
	struct sleeper *s = &sleepers[0];
	void *freed;

	NEED_HIGHMEM();
	fill_kmap_slots();
	start_sleeper(s, pages[LAST_PKMAP]);
	let_run();
	EXPECT_EQ(s->va, NULL);
	EXPECT_EQ(s->thread->state, TASK_UNINTERRUPTIBLE);
	freed = page_address(pages[100]);
	kunmap(pages[100]);
	let_run();
	EXPECT_EQ(s->va, freed);
	EXPECT_EQ(page_address(pages[LAST_PKMAP]), freed);
	EXPECT_EQ(page_address(pages[100]), NULL);
	stop_sleeper(s);
	for (int i = 0; i < LAST_PKMAP; i++)
		if (i != 100) {
			EXPECT_EQ(*(u32 *)page_address(pages[i]), i);
			kunmap(pages[i]);
		}
	free_kmap_slots();
}

TEST("kmap() of a page that has a slot does not sleep, however full the window is")
{
	NEED_HIGHMEM();
	fill_kmap_slots();
	start_sleeper(&sleepers[0], pages[7]);
	let_run();
	EXPECT_EQ(sleepers[0].va, page_address(pages[7]));
	stop_sleeper(&sleepers[0]);
	for (int i = 0; i < LAST_PKMAP; i++)
		kunmap(pages[i]);
	free_kmap_slots();
}

TEST("a kunmap() that is not the last of its page wakes nobody up for long: the window is still "
     "full")
{
	NEED_HIGHMEM();
	fill_kmap_slots();
	kmap(pages[3]);
	start_sleeper(&sleepers[0], pages[LAST_PKMAP]);
	let_run();
	kunmap(pages[3]);
	let_run();
	EXPECT_EQ(sleepers[0].va, NULL);
	kunmap(pages[3]);
	let_run();
	EXPECT_NE(sleepers[0].va, NULL);
	stop_sleeper(&sleepers[0]);
	for (int i = 0; i < LAST_PKMAP; i++)
		if (i != 3)
			kunmap(pages[i]);
	free_kmap_slots();
}

TEST("each kunmap() lets one of several sleepers in, whatever the order")
{
	bool gone[LAST_PKMAP] = { false };

	NEED_HIGHMEM();
	fill_kmap_slots();
	for (int i = 0; i < SLEEPERS; i++)
		start_sleeper(&sleepers[i], pages[LAST_PKMAP + i]);
	let_run();
	for (int i = 0; i < SLEEPERS; i++) {
		EXPECT_EQ(number_mapped(), i);
		kunmap(pages[i * 31 % LAST_PKMAP]);
		gone[i * 31 % LAST_PKMAP] = true;
		let_run();
	}
	EXPECT_EQ(number_mapped(), SLEEPERS);
	EXPECT_EQ(kmap_used(), LAST_PKMAP);
	for (int i = 0; i < SLEEPERS; i++)
		stop_sleeper(&sleepers[i]);
	for (int i = 0; i < LAST_PKMAP; i++)
		if (!gone[i])
			kunmap(pages[i]);
	free_kmap_slots();
}

TEST("sleepers that want the same page share the slot that one kunmap() gives back")
{
	NEED_HIGHMEM();
	fill_kmap_slots();
	for (int i = 0; i < 5; i++)
		start_sleeper(&sleepers[i], pages[LAST_PKMAP]);
	let_run();
	EXPECT_EQ(number_mapped(), 0);
	kunmap(pages[0]);
	let_run();
	EXPECT_EQ(number_mapped(), 5);
	for (int i = 0; i < 5; i++) {
		EXPECT_EQ(sleepers[i].va, page_address(pages[LAST_PKMAP]));
		stop_sleeper(&sleepers[i]);
	}
	for (int i = 1; i < LAST_PKMAP; i++)
		kunmap(pages[i]);
	free_kmap_slots();
}

static int map_again_and_again(void *arg)
{
	u32 seed = (u32)(unsigned long)arg;
	int wrong = 0;

	for (int i = 0; i < 100; i++) {
		struct page *page;
		u32 *va;

		random_u32(&seed);
		page = pages[LAST_PKMAP + (seed >> 16) % SLEEPERS];
		va = kmap(page);
		WRITE_ONCE(*va, page_to_pfn(page));
		if (seed & BIT(10))
			yield();
		wrong += READ_ONCE(*va) != page_to_pfn(page);
		kunmap(page);
	}
	return wrong;
}

TEST("20 threads that fight for 2 slots all come to their end: nobody sleeps for ever")
{
	NEED_HIGHMEM();
	fill_kmap_slots();
	kunmap(pages[0]);
	kunmap(pages[1]);
	for (int i = 0; i < SLEEPERS; i++) {
		sleepers[i].thread = thread_create(map_again_and_again, (void *)(i + 1UL),
						   THREAD_PRIORITY - i % 3, "kmap fighter");
		EXPECT_FALSE(IS_ERR(sleepers[i].thread));
	}
	for (int i = 0; i < SLEEPERS; i++) {
		int wrong = -1;

		EXPECT_EQ(thread_join(sleepers[i].thread, &wrong), 0);
		EXPECT_EQ(wrong, 0);
	}
	for (int i = 2; i < LAST_PKMAP; i++)
		kunmap(pages[i]);
	free_kmap_slots();
}

// ---- kmap_local_page() over a sleep -----------------------------------------------------------------------

static int hold_and_yield(void *arg)
{
	struct sleeper *s = arg;
	const u32 first = page_to_pfn(pages[0]), second = page_to_pfn(s->page);
	u32 *a = kmap_local_page(pages[0]), *b = kmap_local_page(s->page);
	int wrong = 0;

	*b = second;
	for (int i = 0; i < 10; i++) {
		yield();
		wrong += READ_ONCE(*a) != first || READ_ONCE(*b) != second;
	}
	s->va = b;
	kunmap_local(b);
	yield();
	wrong += READ_ONCE(*a) != first || kmap_local_depth() != 1;
	kunmap_local(a);
	return wrong;
}

TEST("S225 a thread that sleeps finds its kmap_local pages where they were; others use the slots "
     "meanwhile")
{
	const unsigned long mistakes = kmap_mistakes;
	u32 *va;

	NEED_HIGHMEM();
	high_pages_take(1 + SLEEPERS);
	va = kmap_local_page(pages[0]);
	*va = page_to_pfn(pages[0]);
	for (int i = 0; i < SLEEPERS; i++) {
		sleepers[i].page = pages[1 + i];
		sleepers[i].thread =
			thread_create(hold_and_yield, &sleepers[i], THREAD_PRIORITY, "kmap holder");
		EXPECT_FALSE(IS_ERR(sleepers[i].thread));
	}
	for (int i = 0; i < SLEEPERS; i++) {
		int wrong = -1;

		EXPECT_EQ(thread_join(sleepers[i].thread, &wrong), 0);
		EXPECT_EQ(wrong, 0);
		EXPECT_EQ(sleepers[i].va, sleepers[0].va); // one slot for all of them, by turns
	}
	EXPECT_EQ(READ_ONCE(*va), page_to_pfn(pages[0]));
	EXPECT_EQ(kmap_local_depth(), 1);
	kunmap_local(va);
	EXPECT_EQ(kmap_mistakes, mistakes);
	high_pages_give(1 + SLEEPERS);
}
