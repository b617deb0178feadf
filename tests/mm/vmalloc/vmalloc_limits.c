// SPDX-License-Identifier: MIT
// vmalloc: what cannot be had, and where it ends.

#include <kernel/ktest.h>
#include <mm/layout.h>
#include <mm/pgtable.h>
#include <mm/vmalloc.h>

#include "free_state.h"
#include "log_watch.h"

SUITE("vmalloc_limits");

// What the compiler may not know: whoever allocates must not be optimised away.
static unsigned long hide_number(unsigned long n)
{
	__asm__ volatile("" : "+r"(n));
	return n;
}

static void expect_refused(unsigned long size, const char *words)
{
	const unsigned long areas = vmalloc_areas();

	free_state_begin();
	log_watch_begin();
	EXPECT_EQ(vmalloc(hide_number(size)), NULL);
	EXPECT_EQ(log_seen("vmalloc error: ") + log_seen("vmap allocation for size "), 1);
	EXPECT_EQ(log_seen(words), 1);
	EXPECT_EQ(log_seen("(for ktest_") + log_seen("(for expect_refused"), 1);
	EXPECT_EQ(__vmalloc(hide_number(size), GFP_KERNEL | __GFP_NOWARN), NULL);
	EXPECT_EQ(log_seen("vmalloc error: ") + log_seen("vmap allocation for size "), 1);
	log_watch_end();
	EXPECT_EQ(vmalloc_areas(), areas);
	free_state_end();
}

TEST("S216 vmalloc(0) is NULL and one warning")
{
	expect_refused(0, "vmalloc error: size 0, exceeds total pages");
}

TEST("S208 W36 sizes beyond the area, and those that wrap, are NULL and one warning")
{
	const unsigned long ram =
		zones[0].managed_pages + zones[1].managed_pages + zones[2].managed_pages;
	const bool large = ram >= (VMALLOC_END - VMALLOC_START) / PAGE_SIZE;

	expect_refused(VMALLOC_END - VMALLOC_START,
		       large ? "vmap allocation for size 109051904 failed"
			     : "vmalloc error: size 109051904, exceeds total pages");
	expect_refused(~0UL, "size 4294967295");
	expect_refused(~0UL - PAGE_SIZE, "size 4294963199");
	expect_refused(0x80000000UL, "size 2147483648");
}

TEST("S208 S209 W36 by steps of 1 MB, vmalloc ends at the area's size, not at RAM's")
{
	const unsigned long ram_mb = (nr_free_pages() >> 8) + 1, chunk = vmalloc_chunk();
	unsigned long mb = 110;
	void *p = NULL;
	unsigned long pages;

	drain_all_pages();
	pages = nr_free_pages() + page_tables_taken; // tables are kept
	log_watch_begin();
	while (mb > 0 && !p) {
		mb--;
		p = vmalloc(mb * SZ_1M);
	}
	log_watch_end();
	ASSERT_NE(p, NULL);
	if (ram_mb > 128)
		EXPECT_EQ(mb, (chunk - 2 * PAGE_SIZE) / SZ_1M);
	else
		EXPECT_LE(mb, ram_mb);
	vfree(p);
	drain_all_pages();
	EXPECT_EQ(nr_free_pages() + page_tables_taken, pages);
	EXPECT_EQ(vmalloc_chunk(), chunk);
}

TEST("S208 the area filled with small areas to the last gap, then emptied: all is as it was")
{
	const unsigned long used = vmalloc_used(), areas = vmalloc_areas();
	struct vm_struct *vm, *first = NULL;
	unsigned long n = 0;

	log_watch_begin();
	for (;; n++) { // addresses only: 52 MB of guard pages
		vm = get_vm_area(n % 3 ? 200000 : 300000, VM_IOREMAP);
		if (!vm)
			break;
		vm->next = first;
		first = vm;
	}
	EXPECT_EQ(log_seen("vmap allocation for size "), 1);
	log_watch_end();
	EXPECT_GT(n, 400);
	EXPECT_LT(vmalloc_chunk(), 300000 + 2 * PAGE_SIZE);
	vmalloc_check();
	while ((vm = first) != NULL) {
		first = vm->next;
		free_vm_area(vm);
	}
	vmalloc_check();
	EXPECT_EQ(vmalloc_used(), used);
	EXPECT_EQ(vmalloc_areas(), areas);
}

TEST("S208 the addresses of an area that has just gone can be had again, by any size that needs "
     "them")
{
	const unsigned long chunk = vmalloc_chunk(), areas = vmalloc_areas();
	struct vm_struct *vm = get_vm_area(chunk / 2, VM_IOREMAP);
	const void *addr;

	ASSERT_NE(vm, NULL);
	addr = vm->addr;
	free_vm_area(vm); // in the middle of what the next one needs
	EXPECT_EQ(find_vm_area(addr), NULL);
	vm = get_vm_area(chunk - 2 * PAGE_SIZE, VM_IOREMAP);
	ASSERT_NE(vm, NULL);
	EXPECT_EQ(vm->addr, addr);
	free_vm_area(vm);
	vm = get_vm_area(chunk - 2 * PAGE_SIZE, VM_IOREMAP);
	ASSERT_NE(vm, NULL);
	EXPECT_EQ(vm->addr, addr);
	EXPECT_EQ(find_vm_area(addr), vm);
	EXPECT_EQ(vmalloc_areas(), areas + 1);
	free_vm_area(vm);
	EXPECT_EQ(vmalloc_areas(), areas);
	EXPECT_EQ(vmalloc_chunk(), chunk);
	vmalloc_check();
}
