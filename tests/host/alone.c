// SPDX-License-Identifier: MIT
// Kernel mistakes that end in a panic, and the early allocators' ends: each in a run of its own, whose
// words are read.

#include <arch/host/os.h>
#include <kernel/console.h>
#include <kernel/ktest.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/fixmap.h>
#include <mm/kernel_map.h>
#include <mm/memblock.h>
#include <mm/slab.h>

#include "alone.h"

SUITE("alone");

static void nofail_without_memory(void)
{
	while (alloc_pages(GFP_KERNEL | __GFP_NOFAIL | __GFP_NOWARN, MAX_PAGE_ORDER))
		;
}

static void get_free_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	__free_page(page);
	get_page(page);
}

static void slab_panic(void)
{
	if (kmem_cache_create("impossible", 0, 0, SLAB_PANIC, NULL))
		cprintf("a cache of objects of no bytes\n");
}

static void miscount_pages(void)
{
	zones[ZONE_NORMAL].free_pages++;
	buddy_check();
}

static void miscount_objects(void)
{
	struct kmem_cache *s = kmem_cache_create("miscounted", 64, 0, 0, NULL);
	void *p = kmem_cache_alloc(s, GFP_KERNEL);

	slab_drain();
	virt_to_page(p)->head->inuse += 7;
	slab_check();
}

static void too_many_ranges(void)
{
	for (int i = 0; i <= MEMBLOCK_RANGES; i++)
		memblock_reserve(PHYS_OFFSET + SZ_1M * (1024 + i), 1, "one page in a megabyte");
}

static void fixmap_twice(void)
{
	set_fixmap(FIX_TEST, PHYS_OFFSET, PAGE_KERNEL);
	set_fixmap(FIX_TEST, PHYS_OFFSET, PAGE_KERNEL);
}

static void read_null(void)
{
	volatile const int *p = (const volatile int *)8;

	__asm__ volatile("" : "+r"(p));
	(void)*p;
}

static void write_code(void)
{
	volatile char *p = (volatile char *)write_code;

	__asm__ volatile("" : "+r"(p));
	*p = 0;
}

// Deeper by 2 KB with each call; the stack has 1 MB, and then a page that is not there.
static __noinline int go_deeper(int depth)
{
	volatile char frame[2000];

	frame[depth] = 1;
	return depth == 1000 ? 0 : go_deeper(depth + 1) + frame[depth];
}

static void overflow_stack(void)
{
	cprintf("%d\n", go_deeper(0));
}

// The pool of the first page tables runs dry; then the page allocator gives them, zeroed.
static void many_page_tables(void)
{
	phys_addr_t pa = 0;

	for (int i = 0; i < 32; i++) {
		pa = early_pt_alloc(PAGE_SIZE);
		BUG_ON(pa == 0 || *(u64 *)__va((unsigned long)pa) != 0);
		*(u64 *)__va((unsigned long)pa) = 896;
	}
	BUG_ON(!page_initialised(PFN_DOWN(pa)) || page_ref_count(phys_to_page(pa)) != 1);
	cprintf("32 tables\n");
}

// Before there is a page allocator memblock gives them.
static void many_early_page_tables(void)
{
	phys_addr_t pa = 0;

	mem_map = NULL;
	memblock_set_current_limit(memblock_lowmem_end() - SZ_1M * 8);
	for (int i = 0; i < 32; i++)
		pa = early_pt_alloc(PAGE_SIZE);
	BUG_ON(pa == 0 || !memblock_is_reserved(pa, PAGE_SIZE));
	cprintf("32 early tables\n");
}

static const struct scenario {
	const char *name, *words;
	int status;
	void (*run)(void);
} scenarios[] = {
	{ "nofail", "__GFP_NOFAIL, but no 2^10 pages are left", EXIT_PANIC, nofail_without_memory },
	{ "get", "in get_page(): page->_refcount <= 0", EXIT_PANIC, get_free_page },
	{ "SLAB_PANIC", "kmem_cache_create(impossible) failed: error -22", EXIT_PANIC, slab_panic },
	{ "pages", "free != zone->free_pages", EXIT_PANIC, miscount_pages },
	{ "objects", "page->inuse + free != page->objects", EXIT_PANIC, miscount_objects },
	{ "memblock", "memblock: more than 128 ranges", EXIT_PANIC, too_many_ranges },
	{ "fixmap", "set_fixmap: slot 3", EXIT_PANIC, fixmap_twice },
	{ "NULL", "kernel NULL pointer dereference: read of 00000008", EXIT_PANIC, read_null },
	{ "text", "write to read-only address", EXIT_PANIC, write_code },
	{ "stack", "Oops: page fault: write to ", EXIT_PANIC, overflow_stack },
	{ "tables", "32 tables", 0, many_page_tables },
	{ "early tables", "32 early tables", 0, many_early_page_tables },
};

void run_alone(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		if (strcmp(scenarios[i].name, name) == 0) {
			scenarios[i].run();
			machine_exit(EXIT_OK);
		}
	}
	cprintf("no scenario \"%s\"\n", name);
	machine_exit(EXIT_FAIL);
}

static char words[16384];

static void expect_scenario(const struct scenario *s)
{
	const char *const argv[] = { "tests", "--alone", s->name, NULL };
	const int status = os_run_self(argv, words, sizeof(words));
	const bool said = strstr(words, s->words);

	if (status != s->status || !said) {
		cprintf("# %s: status %d, and this (without \"%s\"):\n", s->name, status, s->words);
		console_write(words, strlen(words));
	}
	EXPECT_EQ(status, s->status);
	EXPECT_TRUE(said);
}

TEST("each kernel mistake is a panic with the sentence that was false; early tables never run out")
{
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		expect_scenario(&scenarios[i]);
}
