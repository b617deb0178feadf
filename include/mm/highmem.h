// SPDX-License-Identifier: MIT
// Reaching a page that may have no address of its own: two windows to highmem.
//
//   kmap_local_page(page)  up to 16 pages, each for a moment, in any context; the last one mapped is
//                          the first one unmapped. kmap_atomic() is its old name.
//   kmap(page)             512 pages for all the kernel; one page has one address, however many users
//                          it has; may sleep until a slot is free.
//
// A page of lowmem has its address in the linear map, and neither window does anything for it.
// Linux: include/linux/highmem.h.
#pragma once

#include <lib/string.h>
#include <mm/gfp.h>

// ---- One page for a moment (mm/kmap_local.c) --------------------------------------------------------

// Both are for pages of highmem, and addresses that are not in lowmem.
void *kmap_local_high(struct page *page);
void kunmap_local_high(const void *addr);

// Shows a page until kunmap_local(). More than 16 at once is a BUG that names all who hold one. Any
// context; what an interrupt handler maps it must unmap before it returns.
static __always_inline void *kmap_local_page(struct page *page)
{
	return PageHighMem(page) ? kmap_local_high(page) : page_to_virt(page);
}

// Takes any address within the page that was mapped last. Another order, or a page that is not mapped,
// is reported with the caller and leaves the other mappings as they are. Any context.
static __always_inline void kunmap_local(const void *addr)
{
	const unsigned long va = (unsigned long)addr;

	if (va >= VMALLOC_END || va - PAGE_OFFSET >= LOWMEM_MAX_SIZE)
		kunmap_local_high(addr);
}

// The old names: nothing preempts the kernel and no user page is faulted in, so they are the same.
#define kmap_atomic(page)   kmap_local_page(page)
#define kunmap_atomic(addr) kunmap_local(addr)

// How many pages are mapped so at the moment. Any context.
int kmap_local_depth(void);

// ---- One of 512 addresses (mm/kmap.c) ---------------------------------------------------------------

// Shows a page until its last user has called kunmap(). Sleeps while all slots are in use: not in
// interrupts. NULL, and a report with the caller, when page is no struct page.
void *kmap(struct page *page);

// Gives one use of a page back. It takes the page, not the address. The page stays visible until the
// window has been used up once and everything unused is flushed at once. A page that nobody has
// mapped is reported with the caller, and nothing is changed. Not in interrupts.
void kunmap(struct page *page);

// Takes away what kunmap() has left visible, now. Any context.
void kmap_flush_unused(void);
#define kmap_flush() kmap_flush_unused()

// The page that an address of lowmem, kmap() or kmap_local_page() shows; NULL: it shows none.
struct page *kmap_to_page(const void *addr);

// How many slots are in use, and each in words. Any context.
int kmap_used(void);
void kmap_show(void (*line)(const char *text, void *arg), void *arg);

// What is or was at an address of one of the windows, in words: "pkmap slot 5: was pfn 0x78005,
// unmapped by f+0x10/0x20" (who: in debug builds). False: the address belongs to neither. Any context.
bool kmap_describe(unsigned long va, char *buf, size_t size);

// How often the window was used up and flushed, and how many mistakes were reported, both windows'.
extern unsigned long kmap_flushes, kmap_mistakes;

// Finds the windows' page-table entries. Once, when the zones are there.
void kmap_init(void);

// ---- What one does with a page ------------------------------------------------------------------------

// Zeroes a page of any zone. Any context.
void clear_highpage(struct page *page);
// Copies a page of any zone to another. Any context.
void copy_highpage(struct page *to, struct page *from);
