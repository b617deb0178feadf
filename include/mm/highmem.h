// SPDX-License-Identifier: MIT
// Access to pages that may have no permanent address: two windows to highmem.
//
//   kmap_local_page(page)  up to 16 pages, for a short time, in any context; unmapped in reverse order.
//                          kmap_atomic() is its old name.
//   kmap(page)             512 pages, shared by the whole kernel; a page has one address, whatever the
//                          number of its users; may sleep until a slot is free.
//
// For a lowmem page both return its address in the linear map and map nothing.
// Linux: include/linux/highmem.h.
#pragma once

#include <arch/pt.h>
#include <lib/string.h>
#include <mm/fixmap.h>
#include <mm/gfp.h>

// ---- Short mappings (mm/highmem/kmap_local.c) --------------------------------------------------------

// The first and last slot of the stack, and the value of `top` when nothing is mapped.
#define KMAP_LOCAL_FIRST fix_to_virt(FIX_KMAP_END)
#define KMAP_LOCAL_LAST  fix_to_virt(FIX_KMAP_BEGIN)
#define KMAP_LOCAL_EMPTY fix_to_virt(FIX_KMAP_GUARD)
#define KMAP_LOCAL_STEP  (KM_INCR * PAGE_SIZE)

// [c] this CPU and its interrupt handlers: mm/highmem/kmap_local.c has the rules
struct kmap_local {
	unsigned long top;  // [c] address of the page that was mapped last
	unsigned long ptes; // the entry of va is at ptes + va / (PAGE_SIZE / sizeof(pte_t))
	pte_t base;         // for kmap_pte()
	u32 holes;          // [c] bit n: mapping n was unmapped before those above it
};
extern struct kmap_local kmap_local;

// Both the physical address and the address of struct page grow linearly with the frame number, and an
// entry holds the physical address unshifted. So a page's entry is a sum. base is the entry of a struct
// page at address 0.
static inline pte_t kmap_pte(pte_t base, const struct page *page)
{
	return base + ((pte_t)(unsigned long)page << (PAGE_SHIFT - PAGE_STRUCT_SHIFT));
}

static inline pte_t *kmap_local_slot(unsigned long va)
{
	return (pte_t *)(kmap_local.ptes + va / (PAGE_SIZE / sizeof(pte_t)));
}

// No slot is left: panics. Debug builds list the users first.
__noreturn void kmap_local_full(void);

// Push and pop, inline in release builds. A slot is taken before its entry is set.
static __always_inline void *kmap_local_push(const struct page *page)
{
	const unsigned long va = kmap_local.top + KMAP_LOCAL_STEP;

	if (unlikely(va > KMAP_LOCAL_LAST))
		kmap_local_full();
	WRITE_ONCE(kmap_local.top, va);
	pte_set(kmap_local_slot(va), kmap_pte(kmap_local.base, page));
	return (void *)va;
}

// Returns false and does nothing if this is not the page that was mapped last, or if there are holes.
static __always_inline bool kmap_local_pop(const void *addr)
{
	const unsigned long top = kmap_local.top;

	// If nothing is mapped, top is below any address that the caller passes on.
	if (unlikely(((unsigned long)addr ^ top) >> PAGE_SHIFT | kmap_local.holes))
		return false;
	pte_store(kmap_local_slot(top), 0); // the flush orders it too: no pte_sync()
	tlb_flush_page(top);
	WRITE_ONCE(kmap_local.top, top - KMAP_LOCAL_STEP);
	return true;
}

// The same with a note of the caller, for which they are never inlined; kunmap_local_noted() also handles the
// uncommon cases.
void *kmap_local_noted(const struct page *page);
void kunmap_local_noted(const void *addr);

// Maps a page until kunmap_local(). More than 16 at once panics; debug builds list the users. Any
// context; an interrupt handler must unmap its pages before it returns.
static __always_inline void *kmap_local_page(struct page *page)
{
	if (!PageHighMem(page))
		return page_to_virt(page);
	return CONFIG_DEBUG ? kmap_local_noted(page) : kmap_local_push(page);
}

// Takes any address within the page that was mapped last. A wrong order, or a page that is not mapped,
// is reported with the caller; the other mappings stay as they are. Any context.
static __always_inline void kunmap_local(const void *addr)
{
	const unsigned long va = (unsigned long)addr;

	if (va >= KMAP_LOCAL_FIRST ? CONFIG_DEBUG || !kmap_local_pop(addr)
				   : va - PAGE_OFFSET >= LOWMEM_MAX_SIZE)
		kunmap_local_noted(addr);
}

// The mappings of a thread that is not running; another thread uses the slots meanwhile.
struct kmap_ctrl {
	u32 count; // how many slots, holes included
	u32 holes;
	pte_t pte[KM_MAX_IDX / KM_INCR];
};

// Saves the running thread's mappings and clears the slots; restores them at the same addresses. For
// the scheduler, with interrupts masked. (mm/highmem/kmap_local.c)
void kmap_local_sched_out(struct kmap_ctrl *ctrl);
void kmap_local_sched_in(struct kmap_ctrl *ctrl);

// The old names. In Linux, kmap_atomic() also disables preemption and user page faults; the kernel here
// has neither.
#define kmap_atomic(page)   kmap_local_page(page)
#define kunmap_atomic(addr) kunmap_local(addr)

// Pages mapped now by kmap_local_page(). Any context.
int kmap_local_depth(void);

// ---- Long mappings (mm/highmem/kmap.c) ----------------------------------------------------------------

// Maps a page until its last user calls kunmap(), and returns its address. Sleeps while all slots are
// in use, so not in interrupts. NULL and a report with the caller if page is not a struct page.
void *kmap(struct page *page);

// Drops one use of a page. It takes the page, not the address. The page stays mapped until the search
// for a free slot reaches the end of the window; then all unused slots are flushed together. A page
// that is not mapped is reported with the caller, and nothing changes. Not in interrupts.
void kunmap(struct page *page);

// Unmaps all unused slots now. Any context.
void kmap_flush_unused(void);
#define kmap_flush() kmap_flush_unused()

// The page that an address in lowmem, of kmap() or of kmap_local_page() maps; NULL: not mapped.
struct page *kmap_to_page(const void *addr);

// The number of kmap() slots in use. kmap_show() prints a line for each mapping of both windows. Any
// context.
int kmap_used(void);
void kmap_show(void (*line)(const char *text, void *arg), void *arg);

// Describes the mapping that is or was at an address of a window: "pkmap slot 5: was pfn 0x78005,
// unmapped by f+0x10/0x20" (call sites in debug builds only). Returns the length; 0: the address is in
// neither window. Any context.
int kmap_describe(unsigned long va, char *buf, size_t size);

// How often kmap()'s window was flushed; the reports of misuse, of both windows.
extern unsigned long kmap_flushes, kmap_mistakes;

// Makes the windows' page tables. Called once, after the zones exist.
void kmap_init(void);

// ---- Whole pages --------------------------------------------------------------------------------------

// Zeroes a page of any zone. Any context.
void clear_highpage(struct page *page);
// Copies a page of any zone to another. Any context.
void copy_highpage(struct page *to, struct page *from);
