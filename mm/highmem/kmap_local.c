// SPDX-License-Identifier: MIT
// kmap_local_page(): short mappings of highmem pages in a stack of fixmap slots; and functions that
// clear and copy whole pages.
//
// Owns: the entries of FIX_KMAP_BEGIN..END. The stack grows upwards from FIX_KMAP_END.
// Rules: one stack serves all code on this CPU. An interrupt handler pushes its pages above those of
// the code that it interrupted, and pops them before it returns. So no step needs interrupts masked: a
// slot is taken before its entry is set, and the entry is cleared before the slot is freed. When a
// thread sleeps, its mappings are saved; they are at the same addresses when it runs again.
// Linux: mm/highmem.c; DEBUG_KMAP_LOCAL leaves an unmapped page between slots, like debug builds here.

#include <arch/cpu.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/format.h>
#include <lib/seq_buf.h>
#include <mm/fixmap.h>
#include <mm/highmem.h>

#include "kmap.h"

#define MAPPINGS (KM_MAX_IDX / KM_INCR)

struct kmap_local kmap_local;

// The last user of a slot.
struct user {
	pfn_t pfn;
	unsigned long mapper, unmapper; // call sites; 0: never mapped, or still mapped
};

static struct user users[MAPPINGS]; // [c] debug builds

static inline unsigned int kmap_local_number(unsigned long va)
{
	return (va - KMAP_LOCAL_FIRST) / KMAP_LOCAL_STEP;
}

static inline unsigned long kmap_local_address(unsigned int number)
{
	return KMAP_LOCAL_EMPTY + (number + 1) * KMAP_LOCAL_STEP;
}

// The number of slots in use, holes included.
static inline unsigned int height(void)
{
	return (READ_ONCE(kmap_local.top) - KMAP_LOCAL_EMPTY) / KMAP_LOCAL_STEP;
}

static inline void clear_slot(unsigned long va)
{
	pte_store(kmap_local_slot(va), 0); // the flush orders it too: no pte_sync()
	tlb_flush_page(va);
}

// Frees the holes at the top of the stack. Needs masked interrupts.
static void trim(void)
{
	while (height() > 0 && (kmap_local.holes & BIT(height() - 1))) {
		kmap_local.holes &= ~BIT(height() - 1);
		kmap_local.top -= KMAP_LOCAL_STEP;
	}
}

int kmap_local_depth(void)
{
	int depth = height();

	for (u32 holes = kmap_local.holes; holes; holes &= holes - 1)
		depth--;
	return depth;
}

void kmap_local_full(void)
{
	for (int i = 0; CONFIG_DEBUG && i < MAPPINGS; i++)
		pr_err("  kmap_local slot %d: pfn %#lx, mapped by %pS\n", i, users[i].pfn,
		       (void *)users[i].mapper);
	panic("kmap_local_page: %d pages are mapped already, and none is unmapped", MAPPINGS);
}

__noinline void *kmap_local_noted(const struct page *page)
{
	void *va = kmap_local_push(page);

	users[kmap_local_number((unsigned long)va)] =
		(struct user){ page_to_pfn(page), __RETURN_ADDRESS, 0 };
	return va;
}

// Release builds call this only after misuse, and keep no note.
static void note_unmapper(unsigned long va, unsigned long site)
{
	if (CONFIG_DEBUG)
		users[kmap_local_number(va)].unmapper = site;
}

// Whether the address is in a slot that maps a page.
static bool is_mapped(unsigned long va)
{
	return va >= KMAP_LOCAL_FIRST && va < KMAP_LOCAL_LAST + PAGE_SIZE &&
	       pte_present(*kmap_local_slot(va & PAGE_MASK));
}

static void kmap_local_report(unsigned long va, unsigned long site, const char *what)
{
	char text[160];

	kmap_mistakes++;
	pr_err("BUG: kunmap_local(%08lx) by %pS: %s\n", va, (void *)site, what);
	if (kmap_describe(va, text, sizeof(text)))
		pr_err("  %s\n", text);
	dump_stack(NULL);
}

// Unmaps a page that was not mapped last, or reports that nothing is mapped there.
static __noinline void unmap_other(unsigned long va, unsigned long site)
{
	const unsigned long flags = local_irq_save();
	const unsigned int number = kmap_local_number(va);

	trim();
	if (!is_mapped(va)) {
		kmap_local_report(va, site, "kmap_local_page() has mapped nothing there");
	} else {
		if (number != height() - 1)
			kmap_local_report(va, site, "not the page that was mapped last");
		clear_slot(va & PAGE_MASK);
		note_unmapper(va, site);
		kmap_local.holes |= BIT(number);
		trim();
	}
	local_irq_restore(flags);
}

__noinline void kunmap_local_noted(const void *addr)
{
	const unsigned long va = (unsigned long)addr;

	if (va < KMAP_LOCAL_FIRST || !kmap_local_pop(addr))
		unmap_other(va, __RETURN_ADDRESS);
	else
		note_unmapper(va, __RETURN_ADDRESS);
}

struct page *kmap_local_to_page(unsigned long va)
{
	return is_mapped(va)
		       ? phys_to_page(pte_phys(*kmap_local_slot(va & PAGE_MASK), PT_LEVELS - 1))
		       : NULL;
}

int kmap_local_describe(unsigned long va, char *buf, size_t size)
{
	const unsigned int number = kmap_local_number(va);
	const struct user *user;
	struct seq_buf s;

	if (va < KMAP_LOCAL_EMPTY || va >= KMAP_LOCAL_LAST + PAGE_SIZE)
		return 0;
	if (va < kmap_local_address(0) || number >= MAPPINGS ||
	    va >= kmap_local_address(number) + PAGE_SIZE)
		return scnprintf(buf, size, "guard page between kmap_local slots");
	user = &users[number];
	seq_buf_init(&s, buf, size);
	seq_buf_printf(&s, "kmap_local slot %u: ", number);
	if (is_mapped(va))
		seq_buf_printf(&s, "pfn %#lx", page_to_pfn(kmap_local_to_page(va)));
	else if (user->mapper)
		seq_buf_printf(&s, "was pfn %#lx", user->pfn);
	else
		seq_buf_printf(&s, "shows nothing");
	if (user->mapper)
		seq_buf_printf(&s, ", mapped by %pS", (void *)user->mapper);
	if (user->unmapper && !is_mapped(va))
		seq_buf_printf(&s, ", unmapped by %pS", (void *)user->unmapper);
	return s.len;
}

void kmap_local_show(void (*line)(const char *text, void *arg), void *arg)
{
	char text[160];

	for (unsigned int i = 0; i < height(); i++)
		if (is_mapped(kmap_local_address(i)) &&
		    kmap_local_describe(kmap_local_address(i), text, sizeof(text)))
			line(text, arg);
}

void kmap_local_sched_out(struct kmap_ctrl *ctrl)
{
	ctrl->count = height();
	ctrl->holes = kmap_local.holes;
	for (unsigned int i = 0; i < ctrl->count; i++) {
		ctrl->pte[i] = *kmap_local_slot(kmap_local_address(i));
		clear_slot(kmap_local_address(i));
	}
	kmap_local.top = KMAP_LOCAL_EMPTY;
	kmap_local.holes = 0;
}

void kmap_local_sched_in(struct kmap_ctrl *ctrl)
{
	for (unsigned int i = 0; i < ctrl->count; i++)
		if (pte_present(ctrl->pte[i]))
			pte_set(kmap_local_slot(kmap_local_address(i)), ctrl->pte[i]);
	kmap_local.top = KMAP_LOCAL_EMPTY + ctrl->count * KMAP_LOCAL_STEP;
	kmap_local.holes = ctrl->holes;
	ctrl->count = 0;
}

void kmap_local_init(void)
{
	pte_t *lowest = kmap_slot(KMAP_LOCAL_FIRST);

	// All slots are in one table, so a sum gives a slot's entry.
	BUG_ON(kmap_slot(KMAP_LOCAL_LAST) - lowest != KM_MAX_IDX - 1);
	kmap_local.ptes = (unsigned long)lowest - KMAP_LOCAL_FIRST / (PAGE_SIZE / sizeof(pte_t));
	kmap_local.base = kmap_pte_base();
	kmap_local.top = KMAP_LOCAL_EMPTY;
}

// ---- Whole pages ---------------------------------------------------------------------------------

void clear_highpage(struct page *page)
{
	void *va = kmap_local_page(page);

	memset(va, 0, PAGE_SIZE);
	kunmap_local(va);
}

void copy_highpage(struct page *to, struct page *from)
{
	const void *src = kmap_local_page(from);
	void *dst = kmap_local_page(to);

	memcpy(dst, src, PAGE_SIZE);
	kunmap_local(dst);
	kunmap_local(src);
}
