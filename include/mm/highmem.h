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

#include <arch/pt.h>
#include <lib/string.h>
#include <mm/fixmap.h>
#include <mm/gfp.h>

// ---- One page for a moment (mm/highmem/kmap_local.c) --------------------------------------------------------

// Where the stack of slots starts and ends, and what `top` is when nothing is mapped.
#define KMAP_LOCAL_FIRST fix_to_virt(FIX_KMAP_END)
#define KMAP_LOCAL_LAST  fix_to_virt(FIX_KMAP_BEGIN)
#define KMAP_LOCAL_EMPTY fix_to_virt(FIX_KMAP_GUARD)
#define KMAP_LOCAL_STEP  (KM_INCR * PAGE_SIZE)

// [c] of this CPU, and by turns of its interrupt handlers: mm/highmem/kmap_local.c says how
struct kmap_local {
	unsigned long top;  // [c] where the page lies that was mapped last
	unsigned long ptes; // the entry of va is at ptes + va / (PAGE_SIZE / sizeof(pte_t))
	pte_t base;         // for kmap_pte()
	u32 holes;          // [c] bit n: the n-th mapping went before those above it
};
extern struct kmap_local kmap_local;

// Physical address and struct page both grow linearly with the frame number, and an address stands in
// an entry as it is: so a page's entry is a sum. base is what a struct page at address 0 would have.
static inline pte_t kmap_pte(pte_t base, const struct page *page)
{
	return base + ((pte_t)(unsigned long)page << (PAGE_SHIFT - PAGE_STRUCT_SHIFT));
}

static inline pte_t *kmap_local_slot(unsigned long va)
{
	return (pte_t *)(kmap_local.ptes + va / (PAGE_SIZE / sizeof(pte_t)));
}

// No slot is left: panics, with who has them in debug builds.
__noreturn void kmap_local_full(void);

// The two steps, inline in release builds; a slot is taken before its entry is set.
static __always_inline void *kmap_local_push(const struct page *page)
{
	const unsigned long va = kmap_local.top + KMAP_LOCAL_STEP;

	if (unlikely(va > KMAP_LOCAL_LAST))
		kmap_local_full();
	WRITE_ONCE(kmap_local.top, va);
	pte_set(kmap_local_slot(va), kmap_pte(kmap_local.base, page));
	return (void *)va;
}

// False, and nothing is done: it is not the page that was mapped last, or holes were left below.
static __always_inline bool kmap_local_pop(const void *addr)
{
	const unsigned long top = kmap_local.top;

	// Nothing mapped: then top lies below what the caller has checked addr against.
	if (unlikely(((unsigned long)addr ^ top) >> PAGE_SHIFT | kmap_local.holes))
		return false;
	pte_store(kmap_local_slot(top), 0); // the flush makes it count
	tlb_flush_page(top);
	WRITE_ONCE(kmap_local.top, top - KMAP_LOCAL_STEP);
	return true;
}

// The same with notes of who did it, and what is not the common case.
void *kmap_local_noted(const struct page *page);
void kunmap_local_noted(const void *addr);

// Shows a page until kunmap_local(). More than 16 at once is a panic that names all who hold one. Any
// context; what an interrupt handler maps it must unmap before it returns.
static __always_inline void *kmap_local_page(struct page *page)
{
	if (!PageHighMem(page))
		return page_to_virt(page);
	return CONFIG_DEBUG ? kmap_local_noted(page) : kmap_local_push(page);
}

// Takes any address within the page that was mapped last. Another order, or a page that is not mapped,
// is reported with the caller and leaves the other mappings as they are. Any context.
static __always_inline void kunmap_local(const void *addr)
{
	const unsigned long va = (unsigned long)addr;

	if (va >= KMAP_LOCAL_FIRST ? CONFIG_DEBUG || !kmap_local_pop(addr)
				   : va - PAGE_OFFSET >= LOWMEM_MAX_SIZE)
		kunmap_local_noted(addr);
}

// The pages of a thread that does not run: another thread has the slots meanwhile.
struct kmap_ctrl {
	u32 count; // how many slots, holes included
	u32 holes;
	pte_t pte[KM_MAX_IDX / KM_INCR];
};

// Takes the running thread's pages out of the slots, and puts them back to the same addresses. For the
// scheduler, interrupts masked. (mm/highmem/kmap_local.c)
void kmap_local_sched_out(struct kmap_ctrl *ctrl);
void kmap_local_sched_in(struct kmap_ctrl *ctrl);

// The old names: nothing preempts the kernel and no user page is faulted in, so they are the same.
#define kmap_atomic(page)   kmap_local_page(page)
#define kunmap_atomic(addr) kunmap_local(addr)

// How many pages are mapped so at the moment. Any context.
int kmap_local_depth(void);

// ---- One of 512 addresses (mm/highmem/kmap.c) ---------------------------------------------------------------

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
// unmapped by f+0x10/0x20" (who: in debug builds). Returns the length; 0: the address belongs to
// neither. Any context.
int kmap_describe(unsigned long va, char *buf, size_t size);

// How often the window was used up and flushed, and how many mistakes were reported, both windows'.
extern unsigned long kmap_flushes, kmap_mistakes;

// Finds the windows' page-table entries. Once, when the zones are there.
void kmap_init(void);

// ---- What one does with a page ------------------------------------------------------------------------

// Zeroes a page of any zone. Any context.
void clear_highpage(struct page *page);
// Copies a page of any zone to another. Any context.
void copy_highpage(struct page *to, struct page *from);
