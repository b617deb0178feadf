// SPDX-License-Identifier: MIT
// kmap_local_page(): pages of highmem for a moment, in a stack of fixmap slots.
//
// Owns: the entries of FIX_KMAP_BEGIN..END. The stack grows upwards from FIX_KMAP_END.
// Rules: one stack serves whoever runs on this CPU. An interrupt handler puts its pages on top of what
// it interrupted and takes them off again, so no step here needs interrupts masked: a slot is taken
// before its entry is set, and its entry is cleared before the slot is given back.
// Linux: mm/highmem.c; DEBUG_KMAP_LOCAL leaves a page empty between slots there, as debug builds do.

#include <arch/cpu.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/format.h>
#include <mm/fixmap.h>

#include "kmap.h"

#define MAPPINGS (KM_MAX_IDX / KM_INCR)
#define STEP     (KM_INCR * PAGE_SIZE)
#define LOWEST   fix_to_virt(FIX_KMAP_END)
#define HIGHEST  fix_to_virt(FIX_KMAP_BEGIN)
#define EMPTY    (LOWEST - PAGE_SIZE) // what `top` is when nothing is mapped

// Who used a slot last.
struct user {
	pfn_t pfn;
	unsigned long mapper, unmapper; // code; unmapper 0: still mapped
};

// [c] of this CPU alone, and by turns with its interrupt handlers as said above
static struct {
	unsigned long top;          // [c] where the page lies that was mapped last
	unsigned long ptes;         // the entry of va is at ptes + va / (PAGE_SIZE / sizeof(pte_t))
	pte_t base;                 // for kmap_pte()
	u32 holes;                  // [c] bit n: the n-th mapping went before those above it
	struct user user[MAPPINGS]; // [c] debug builds
} local;

static inline pte_t *slot_of(unsigned long va)
{
	return (pte_t *)(local.ptes + va / (PAGE_SIZE / sizeof(pte_t)));
}

static inline unsigned int number_of(unsigned long va)
{
	return (va - LOWEST) / STEP;
}

static inline unsigned long address_of(unsigned int number)
{
	return EMPTY + (number + 1) * STEP;
}

// How many slots are taken, holes included.
static inline unsigned int height(void)
{
	return (READ_ONCE(local.top) - EMPTY) / STEP;
}

static inline void clear_slot(unsigned long va)
{
	pte_store(slot_of(va), 0); // the flush makes it count
	tlb_flush_page(va);
}

// Gives back the slots at the top that are holes. Interrupts are masked.
static void trim(void)
{
	while (height() > 0 && (local.holes & BIT(height() - 1))) {
		local.holes &= ~BIT(height() - 1);
		local.top -= STEP;
	}
}

int kmap_local_depth(void)
{
	int depth = height();

	for (u32 holes = local.holes; holes; holes &= holes - 1)
		depth--;
	return depth;
}

static __noinline __noreturn void no_room(void)
{
	for (int i = 0; CONFIG_DEBUG && i < MAPPINGS; i++)
		pr_err("  kmap_local slot %d: pfn %#lx, mapped by %pS\n", i, local.user[i].pfn,
		       (void *)local.user[i].mapper);
	panic("kmap_local_page: %d pages are mapped already, and none is unmapped", MAPPINGS);
}

void *kmap_local_high(struct page *page)
{
	const unsigned long va = local.top + STEP;

	if (unlikely(va > HIGHEST))
		no_room();
	WRITE_ONCE(local.top, va);
	pte_set(slot_of(va), kmap_pte(local.base, page));
	if (CONFIG_DEBUG)
		local.user[number_of(va)] = (struct user){ page_to_pfn(page), __RETURN_ADDRESS, 0 };
	return (void *)va;
}

// Whether the address lies in a slot that shows a page.
static bool is_mapped(unsigned long va)
{
	return va >= LOWEST && va < HIGHEST + PAGE_SIZE && pte_present(*slot_of(va & PAGE_MASK));
}

static void report(unsigned long va, unsigned long site, const char *what)
{
	char text[160];

	kmap_mistakes++;
	pr_err("BUG: kunmap_local(%08lx) by %pS: %s\n", va, (void *)site, what);
	if (kmap_describe(va, text, sizeof(text)))
		pr_err("  %s\n", text);
	dump_stack(NULL);
}

// What is not the page that was mapped last.
static __noinline void unmap_other(unsigned long va, unsigned long site)
{
	const unsigned long flags = local_irq_save();
	const unsigned int number = number_of(va);

	trim();
	if (!is_mapped(va)) {
		report(va, site, "kmap_local_page() has mapped nothing there");
	} else {
		if (number != height() - 1)
			report(va, site, "not the page that was mapped last");
		clear_slot(va & PAGE_MASK);
		local.user[number].unmapper = site;
		local.holes |= BIT(number);
		trim();
	}
	local_irq_restore(flags);
}

void kunmap_local_high(const void *addr)
{
	const unsigned long top = local.top;

	if (unlikely((((unsigned long)addr ^ top) & PAGE_MASK) | local.holes || top == EMPTY)) {
		unmap_other((unsigned long)addr, __RETURN_ADDRESS);
		return;
	}
	clear_slot(top);
	if (CONFIG_DEBUG)
		local.user[number_of(top)].unmapper = __RETURN_ADDRESS;
	WRITE_ONCE(local.top, top - STEP);
}

struct page *kmap_local_to_page(unsigned long va)
{
	return is_mapped(va) ? phys_to_page(pte_phys(*slot_of(va & PAGE_MASK), PT_LEVELS - 1))
			     : NULL;
}

bool kmap_local_describe(unsigned long va, char *buf, size_t size)
{
	const unsigned int number = number_of(va);
	const struct user *user;

	if (va < EMPTY || va >= HIGHEST + PAGE_SIZE)
		return false;
	if (va < address_of(0) || number >= MAPPINGS || va >= address_of(number) + PAGE_SIZE) {
		snprintf(buf, size, "guard page between kmap_local slots");
		return true;
	}
	user = &local.user[number];
	if (is_mapped(va))
		snprintf(buf, size, "kmap_local slot %u: pfn %#lx", number,
			 page_to_pfn(kmap_local_to_page(va)));
	else if (user->mapper)
		snprintf(buf, size,
			 "kmap_local slot %u: was pfn %#lx, mapped by %pS, unmapped by %pS", number,
			 user->pfn, (void *)user->mapper, (void *)user->unmapper);
	else
		snprintf(buf, size, "kmap_local slot %u: shows nothing", number);
	return true;
}

void kmap_local_show(void (*line)(const char *text, void *arg), void *arg)
{
	char text[160];

	for (unsigned int i = 0; i < height(); i++)
		if (is_mapped(address_of(i)) &&
		    kmap_local_describe(address_of(i), text, sizeof(text)))
			line(text, arg);
}

void kmap_local_init(void)
{
	pte_t *lowest = kmap_slot(LOWEST);

	// The slots are neighbours in one table: a sum gives the entry.
	BUG_ON(kmap_slot(HIGHEST) - lowest != KM_MAX_IDX - 1);
	local.ptes = (unsigned long)lowest - LOWEST / (PAGE_SIZE / sizeof(pte_t));
	local.base = kmap_pte_base();
	local.top = EMPTY;
}
