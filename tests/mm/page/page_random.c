// SPDX-License-Identifier: MIT
// Random runs of all orders and flags: whatever happened, in the end every block is where it began.

#include <kernel/ktest.h>

#include "free_state.h"
#include "random.h"

SUITE("page_random");

static u32 page_random_u32(void)
{
	static u32 state = 0x9e3779b9;

	return random_u32(&state);
}

static struct page *held[128];
static u8 held_order[128];

static void random_take(int i)
{
	static const gfp_t flags[] = { GFP_KERNEL,
				       GFP_HIGHUSER,
				       GFP_ATOMIC,
				       GFP_KERNEL | GFP_DMA,
				       GFP_KERNEL | __GFP_COMP,
				       GFP_NOWAIT,
				       GFP_HIGHUSER_MOVABLE | __GFP_COMP };
	const gfp_t gfp = flags[page_random_u32() % ARRAY_SIZE(flags)] | __GFP_NOWARN;

	held_order[i] = __builtin_ctz(page_random_u32() | BIT(MAX_PAGE_ORDER));
	held[i] = alloc_pages(gfp, held_order[i]);
	if (!held[i])
		return;
	EXPECT_LE(page_zonenum(held[i]), gfp_zone(gfp));
	EXPECT_EQ(page_ref_count(held[i]), 1);
	EXPECT_EQ(page_order(held[i]), held_order[i]);
	held[i]->private = ~(unsigned long)i;
}

static void random_give(int i)
{
	EXPECT_EQ(held[i]->private, ~(unsigned long)i);
	if (held[i]->flags & PG_head)
		put_page(held[i]);
	else
		__free_pages(held[i], held_order[i]);
	held[i] = NULL;
}

static void random_run(int steps)
{
	unsigned long pages = 0, free = nr_free_pages();

	for (int step = 0; step < steps; step++) {
		const int i = page_random_u32() % ARRAY_SIZE(held);

		if (held[i])
			random_give(i);
		else
			random_take(i);
		if (step % 1024 == 1023)
			drain_all_pages();
	}
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		pages += held[i] ? 1UL << held_order[i] : 0;
	EXPECT_EQ(nr_free_pages(), free - pages);
	buddy_check();
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		if (held[i])
			random_give(i);
	EXPECT_EQ(nr_free_pages(), free);
}

TEST("S137 after a random run of all orders and flags every block is back where it began")
{
	free_state_begin();
	random_run(5000);
	free_state_end();
}

TEST("S137 the same without the lists at hand")
{
	free_state_begin();
	pcp_stop();
	random_run(3000);
	pcp_restart();
	free_state_end();
}
