// SPDX-License-Identifier: MIT
// kmap(): 512 slots for pages of highmem, shared by the whole kernel.
//
//   ff000000   ff001000   ff002000   ff003000           ff1ff000     PKMAP_END
//   |  slot 0  |  slot 1  |  slot 2  |  slot 3  |  ...  |  slot 511  |
//   |  page A  |  page B  |  page C  |    -     |       |     -      |
//   | count 2  | count 1  | count 3  | count 0  |       |  count 0   |
//   |  1 user  |  unused  | 2 users  |  empty   |       |   empty    |
//                              ^ last     ^ the next page goes here
//
//   count  0 --kmap()--> 2 --kmap()--> 3 --kunmap()--> 2 --kunmap()--> 1 --flush--> 0
//          empty         1 user        2 users         1 user          unused       empty
//
//   A kmap() of an unused slot's page sets its count to 2 again. The flush empties all unused slots: when
//   the search for an empty slot steps from slot 511 to slot 0, or by kmap_flush_unused().
//
// Owns: the entries of [PKMAP_BASE, PKMAP_END), and the page of each slot.
// Rules: a page has one slot, whatever the number of its users. A slot without users keeps its page
// until the flush, so that one TLB flush serves many slots. A caller that finds no empty slot sleeps
// until a kunmap().
// Linux: mm/highmem.c, with the same counts; its page_address() has a table of its own.

#include <kernel/context.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>
#include <kernel/wait.h>
#include <lib/seq_buf.h>
#include <mm/tlb.h>

#include "kmap.h"

unsigned long kmap_flushes, kmap_mistakes;

struct slot {
	const struct page *page; // [k] the page it maps, or mapped last; NULL: never used
	struct slot *next;       // [k] next in the hash chain
	pte_t *pte;              // [I] its entry
	unsigned int count;      // [k] 0: empty; 1: mapped, unused; n: n - 1 users
};

#define HASH_SIZE LAST_PKMAP

// Locks: [k] lock, with interrupts masked: page_address() may be called in any context  [I] after init
static struct {
	struct spinlock lock;
	pte_t base;                    // [I] for kmap_pte()
	struct wait_queue_head wait;   // for an empty slot
	int sleepers;                  // [k] callers in sleep_for_slot(), awake or asleep
	struct slot *last;             // [k] the slot that was taken last
	struct slot *chain[HASH_SIZE]; // [k] slots that map a page, by hash
	struct slot slot[LAST_PKMAP];  // [k]
	struct {                       // [k] debug builds: call sites
		unsigned long mapper, unmapper;
	} by[LAST_PKMAP];
} pkmap;

static unsigned int slot_number(const struct slot *slot)
{
	return slot - pkmap.slot;
}

static void *kmap_slot_address(const struct slot *slot)
{
	return (void *)(PKMAP_BASE + slot_number(slot) * PAGE_SIZE);
}

static struct slot **chain_of(const struct page *page)
{
	return &pkmap.chain[(unsigned long)page / sizeof(*page) % HASH_SIZE];
}

// The slot that maps this page; NULL: none. Needs the lock.
static struct slot *find_slot(const struct page *page)
{
	struct slot *slot = *chain_of(page);

	while (slot && slot->page != page)
		slot = slot->next;
	return slot;
}

void *kmap_address(const struct page *page)
{
	const unsigned long flags = spin_lock_irqsave(&pkmap.lock);
	const struct slot *slot = find_slot(page);

	spin_unlock_irqrestore(&pkmap.lock, flags);
	return slot ? kmap_slot_address(slot) : NULL;
}

static void unchain(struct slot *slot)
{
	struct slot **link = chain_of(slot->page);

	while (*link != slot)
		link = &(*link)->next;
	*link = slot->next;
}

// Empties all slots without a user. Needs the lock.
static void flush_unused(void)
{
	bool any = false;

	for (struct slot *slot = pkmap.slot; slot < pkmap.slot + LAST_PKMAP; slot++) {
		if (slot->count != 1)
			continue;
		slot->count = 0;
		pte_store(slot->pte, 0);
		unchain(slot);
		any = true;
	}
	if (!any)
		return;
	flush_tlb_kernel_range(PKMAP_BASE, PKMAP_END);
	kmap_flushes++;
}

void kmap_flush_unused(void)
{
	const unsigned long flags = spin_lock_irqsave(&pkmap.lock);

	flush_unused();
	spin_unlock_irqrestore(&pkmap.lock, flags);
}

// The next empty slot; NULL: all are in use. Needs the lock.
static struct slot *take_slot(void)
{
	struct slot *slot = pkmap.last;

	// Two rounds: the flush may empty slots that the first round has passed already.
	for (int i = 0; i < 2 * LAST_PKMAP; i++) {
		if (++slot == pkmap.slot + LAST_PKMAP) {
			slot = pkmap.slot;
			flush_unused();
		}
		if (slot->count == 0) {
			pkmap.last = slot;
			return slot;
		}
	}
	return NULL;
}

// Adds a user to a page, in a new slot if needed. NULL: no slot is empty.
static struct slot *try_kmap(struct page *page, unsigned long site)
{
	const unsigned long flags = spin_lock_irqsave(&pkmap.lock);
	struct slot *slot = find_slot(page);

	if (!slot && (slot = take_slot()) != NULL) {
		slot->page = page;
		slot->next = *chain_of(page);
		*chain_of(page) = slot;
		slot->count = 1;
		pte_set(slot->pte, kmap_pte(pkmap.base, page));
	}
	if (slot) {
		slot->count++;
		if (CONFIG_DEBUG)
			pkmap.by[slot_number(slot)].mapper = site;
	}
	spin_unlock_irqrestore(&pkmap.lock, flags);
	return slot;
}

static void count_sleepers(int change)
{
	const unsigned long flags = spin_lock_irqsave(&pkmap.lock);

	pkmap.sleepers += change;
	spin_unlock_irqrestore(&pkmap.lock, flags);
}

// The count rises before the last search for a slot, so that any kunmap() after the search wakes it.
static __noinline struct slot *sleep_for_slot(struct page *page, unsigned long site)
{
	struct slot *slot;

	count_sleepers(1);
	wait_event(pkmap.wait, (slot = try_kmap(page, site)) != NULL);
	count_sleepers(-1);
	return slot;
}

static __noinline void kmap_report(const char *what, const struct page *page, unsigned long site,
				   const char *why)
{
	kmap_mistakes++;
	pr_err("BUG: %s(%px) by %pS: %s\n", what, page, (void *)site, why);
	dump_stack(NULL);
}

void *kmap(struct page *page)
{
	const unsigned long site = __RETURN_ADDRESS;
	struct slot *slot;

	might_sleep();
	if (unlikely(!is_struct_page(page))) {
		kmap_report("kmap", page, site, "it is no struct page");
		return NULL;
	}
	if (!PageHighMem(page))
		return page_to_virt(page);
	slot = try_kmap(page, site);
	if (unlikely(!slot))
		slot = sleep_for_slot(page, site);
	return kmap_slot_address(slot);
}

// Reports a kunmap() of a page that is not mapped.
static __noinline void kunmap_wrong(const struct page *page, unsigned long site)
{
	const unsigned long flags = spin_lock_irqsave(&pkmap.lock);
	const struct slot *slot = find_slot(page);
	char text[160];

	spin_unlock_irqrestore(&pkmap.lock, flags);
	kmap_report("kunmap", page, site,
		    slot ? "all its users have called kunmap() already"
			 : "kmap() has not mapped it");
	if (slot && kmap_describe((unsigned long)kmap_slot_address(slot), text, sizeof(text)))
		pr_err("  %s\n", text);
}

void kunmap(struct page *page)
{
	unsigned long flags;
	struct slot *slot;
	bool wrong, last;

	might_sleep();
	if (unlikely(!is_struct_page(page))) {
		kmap_report("kunmap", page, __RETURN_ADDRESS,
			    "it is no struct page (kunmap() takes the page, not its address)");
		return;
	}
	if (!PageHighMem(page))
		return;
	flags = spin_lock_irqsave(&pkmap.lock);
	slot = find_slot(page);
	wrong = !slot || slot->count < 2;
	last = !wrong && --slot->count == 1;
	if (CONFIG_DEBUG && !wrong)
		pkmap.by[slot_number(slot)].unmapper = __RETURN_ADDRESS;
	spin_unlock_irqrestore(&pkmap.lock, flags);
	if (unlikely(wrong))
		kunmap_wrong(page, __RETURN_ADDRESS);
	if (last && unlikely(READ_ONCE(pkmap.sleepers)))
		wake_up(&pkmap.wait); // all of them: a sleeper's page may have a slot now
}

static struct slot *slot_at(unsigned long va)
{
	return va >= PKMAP_BASE && va < PKMAP_END ? &pkmap.slot[(va - PKMAP_BASE) / PAGE_SIZE]
						  : NULL;
}

struct page *kmap_to_page(const void *addr)
{
	const struct slot *slot = slot_at((unsigned long)addr);

	if (slot)
		return slot->count ? (struct page *)slot->page : NULL;
	if (virt_addr_valid(addr))
		return virt_to_page(addr);
	return kmap_local_to_page((unsigned long)addr);
}

int kmap_used(void)
{
	int n = 0;

	for (const struct slot *slot = pkmap.slot; slot < pkmap.slot + LAST_PKMAP; slot++)
		n += slot->count > 1;
	return n;
}

static int describe_slot(const struct slot *slot, char *buf, size_t size)
{
	const unsigned int number = slot_number(slot);
	struct seq_buf s;

	seq_buf_init(&s, buf, size);
	seq_buf_printf(&s, "pkmap slot %u: ", number);
	if (!slot->page) {
		seq_buf_printf(&s, "was never used");
		return s.len;
	}
	seq_buf_printf(&s, "%spfn %#lx", slot->count > 1 ? "" : "was ", page_to_pfn(slot->page));
	if (slot->count > 2)
		seq_buf_printf(&s, ", %u users", slot->count - 1);
	if (CONFIG_DEBUG)
		seq_buf_printf(&s, ", mapped by %pS", (void *)pkmap.by[number].mapper);
	if (slot->count > 1)
		return s.len;
	seq_buf_printf(&s, ", unmapped");
	if (CONFIG_DEBUG)
		seq_buf_printf(&s, " by %pS", (void *)pkmap.by[number].unmapper);
	return s.len;
}

int kmap_describe(unsigned long va, char *buf, size_t size)
{
	const struct slot *slot = slot_at(va);

	return slot ? describe_slot(slot, buf, size) : kmap_local_describe(va, buf, size);
}

void kmap_show(void (*line)(const char *text, void *arg), void *arg)
{
	char text[160];

	for (const struct slot *slot = pkmap.slot; slot < pkmap.slot + LAST_PKMAP; slot++) {
		if (slot->count < 2)
			continue;
		describe_slot(slot, text, sizeof(text));
		line(text, arg);
	}
	kmap_local_show(line, arg);
}

pte_t *kmap_slot(unsigned long va)
{
	pte_t *slot = pt_slot(kernel_root, va, page_table_alloc);

	if (!slot)
		panic("kmap_init: no memory for the page table of %08lx", va);
	return slot;
}

pte_t kmap_pte_base(void)
{
	const struct page *last = pfn_to_page(max_pfn - 1);
	const pte_t base = pte_mk_leaf(0, PAGE_KERNEL, PT_LEVELS - 1) + PHYS_OFFSET -
			   ((pte_t)(unsigned long)mem_map << (PAGE_SHIFT - PAGE_STRUCT_SHIFT));

	BUG_ON(kmap_pte(base, last) != pte_mk_leaf(page_to_phys(last), PAGE_KERNEL, PT_LEVELS - 1));
	return base;
}

void kmap_init(void)
{
	for (int i = 0; i < LAST_PKMAP; i++)
		pkmap.slot[i].pte = kmap_slot(PKMAP_BASE + i * PAGE_SIZE);
	init_waitqueue_head(&pkmap.wait);
	pkmap.last = &pkmap.slot[LAST_PKMAP - 1];
	pkmap.base = kmap_pte_base();
	kmap_local_init();
}
