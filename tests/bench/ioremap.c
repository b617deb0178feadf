// SPDX-License-Identifier: MIT
// What it costs to map a page of registers and to take it away again.

#include <kernel/bench.h>
#include <mm/ioremap.h>
#include <mm/page.h>

// Behind all RAM, where nothing is; never touched.
static phys_addr_t nowhere;

static void find_nowhere(void)
{
	nowhere = PFN_PHYS(max_pfn);
}

static void undo_nothing(void)
{
}

BENCH_WITH("ioremap + iounmap, 1 page", 1000, find_nowhere, undo_nothing)
{
	iounmap(ioremap(nowhere, PAGE_SIZE));
}
