// SPDX-License-Identifier: MIT
// See page_mistake.h.

#include <kernel/ktest.h>

#include "free_state.h"
#include "log_watch.h"
#include "page_mistake.h"

static unsigned long mistakes_before;

unsigned long page_mistakes_made(void)
{
	return page_alloc_mistakes - mistakes_before;
}

void page_mistakes_begin(void)
{
	free_state_begin();
	log_watch_begin();
	mistakes_before = page_alloc_mistakes;
}

void page_mistakes_end(void)
{
	log_watch_end();
	free_state_end();
}

void expect_page_mistakes(unsigned int n, const char *words)
{
	EXPECT_EQ(page_mistakes_made(), n);
	EXPECT_EQ(log_seen("BUG: "), n);
	EXPECT_EQ(log_seen(words), n);
}

// No tail calls: these functions are to be the callers.

__noinline struct page *page_taker(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	barrier();
	return page;
}

__noinline void first_freer(struct page *page, unsigned int order)
{
	__free_pages(page, order);
	barrier();
}

__noinline void second_freer(struct page *page, unsigned int order)
{
	__free_pages(page, order);
	barrier();
}
