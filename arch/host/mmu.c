// SPDX-License-Identifier: MIT
// The MMU of a program: a TLB that is filled from the page tables when an access misses, and that
// keeps what it has until it is flushed, right or wrong.
//
// An entry is a mapping of the file that is RAM, made when the access to its page has raised
// SIGSEGV; the entry goes when it is flushed or, for single pages outside of lowmem, when TLB_ENTRIES
// younger ones have come. So a page that was unmapped but not flushed can still be read, and a test
// can ask for it: tlb_stale().
//
// Owns: kernel_root, the TLB. Rules: the walk reads RAM past all mappings, as hardware does, and is
// written without mm/pgtable/pgtable.c. The image is always mapped: by the system, when it loads the program.

#include <arch/cpu.h>
#include <arch/host/host.h>
#include <arch/host/os.h>
#include <kernel/panic.h>
#include <kernel/sections.h>
#include <lib/string.h>
#include <mm/addr.h>

pte_t kernel_root[4] __aligned(32);
static phys_addr_t loaded_root; // 0: kernel_root
bool pt_has_noexec = true;

#define KERNEL_PAGES ((0 - PAGE_OFFSET) >> PAGE_SHIFT)
#define LARGE_PAGES  (SZ_2M >> PAGE_SHIFT)

// What the TLB holds for a page of the kernel's gigabyte; a large page stands at its first page.
struct entry {
	pte_t pte;                 // 0: nothing
	u32 level : 8, place : 24; // where in `held` this page's number stands
};

static struct {
	struct entry entry[KERNEL_PAGES];
	u32 held[KERNEL_PAGES]; // the numbers of those with an entry: a flush need not look for them
	u32 held_count;
	unsigned long young[TLB_ENTRIES]; // pages outside of lowmem, the oldest first
	unsigned int count;
	unsigned long fills;
} tlb;

static struct entry *page_entry(unsigned long va)
{
	return &tlb.entry[(va - PAGE_OFFSET) >> PAGE_SHIFT];
}

static unsigned long span(const struct entry *e)
{
	return BIT(pt_levels[e->level].shift);
}

// The entry that translates va, and where its page starts; NULL: none.
static struct entry *find_entry(unsigned long va, unsigned long *start)
{
	struct entry *e = page_entry(va);

	*start = va & PAGE_MASK;
	if (e->pte)
		return e;
	*start = ALIGN_DOWN(va, SZ_2M);
	e = page_entry(*start);
	return e->pte && span(e) == SZ_2M ? e : NULL;
}

static bool in_image(unsigned long va)
{
	return va >= (unsigned long)_start && va < (unsigned long)_end;
}

static bool host_in_lowmem(unsigned long va)
{
	return va < LOWMEM_END;
}

// ---- Filling --------------------------------------------------------------------------------------

// Walks the tables in RAM. Returns the level of the leaf, or -1.
static int hardware_walk(unsigned long va, pte_t *pte)
{
	phys_addr_t table = loaded_root ? loaded_root : __pa(kernel_root);

	for (int level = 0; level < PT_LEVELS; level++) {
		const unsigned long index =
			va >> pt_levels[level].shift & (BIT(pt_levels[level].bits) - 1);

		os_ram_read(table - HOST_PHYS_OFFSET + index * sizeof(pte_t), pte, sizeof(*pte));
		if (!(*pte & PTE_PRESENT))
			return -1;
		if (!(*pte & PTE_TABLE))
			return pt_levels[level].leaf ? level : -1;
		table = *pte & PTE_ADDRESS;
	}
	return -1;
}

static bool allows(pte_t pte, bool write, bool exec)
{
	const pgprot_t prot = (pgprot_t)(pte >> PTE_PROT_SHIFT);

	return (!write || (prot & PT_WRITE)) && (!exec || (prot & PT_EXEC));
}

// Takes a single page out of the list, if it is there.
static void forget_tlb_page(unsigned long va)
{
	for (unsigned int i = 0; i < tlb.count; i++) {
		if (tlb.young[i] != va)
			continue;
		tlb.count--;
		memmove(&tlb.young[i], &tlb.young[i + 1], (tlb.count - i) * sizeof(va));
		return;
	}
}

static void hold_tlb_entry(struct entry *e, pte_t pte, int level)
{
	*e = (struct entry){ pte, level, tlb.held_count };
	tlb.held[tlb.held_count++] = (u32)(e - tlb.entry);
}

static void drop(struct entry *e, unsigned long start)
{
	const u32 last = tlb.held[--tlb.held_count];

	tlb.held[e->place] = last;
	tlb.entry[last].place = e->place;
	os_unmap(start, span(e));
	e->pte = 0;
	forget_tlb_page(start);
}

static void remember_tlb_page(unsigned long va)
{
	if (tlb.count == TLB_ENTRIES)
		drop(page_entry(tlb.young[0]), tlb.young[0]);
	tlb.young[tlb.count++] = va;
}

static void map_entry(const struct entry *e, unsigned long start)
{
	const pgprot_t prot = (pgprot_t)(e->pte >> PTE_PROT_SHIFT);

	os_map_ram(start, span(e), (e->pte & PTE_ADDRESS) - HOST_PHYS_OFFSET, prot & PT_WRITE,
		   prot & PT_EXEC);
}

bool mmu_fill(unsigned long va, bool write, bool exec)
{
	unsigned long start;
	struct entry *e;
	pte_t pte;
	int level;

	if (va < PAGE_OFFSET || in_image(va) || find_entry(va, &start))
		return false; // what the TLB knows it knows better than the tables
	tlb.fills++;
	level = hardware_walk(va, &pte);
	if (level < 0 || !allows(pte, write, exec))
		return false;
	if ((pte & PTE_ADDRESS) < HOST_PHYS_OFFSET || (pte & PTE_ADDRESS) >= HOST_PHYS_END)
		return false; // no RAM there, and no device either
	start = ALIGN_DOWN(va, BIT(pt_levels[level].shift));
	e = page_entry(start);
	hold_tlb_entry(e, pte, level);
	if (!host_in_lowmem(va) && level == PT_LEVELS - 1)
		remember_tlb_page(start);
	map_entry(e, start);
	return true;
}

// ---- Flushing -------------------------------------------------------------------------------------

void tlb_flush_page(unsigned long va)
{
	const unsigned long flags = local_irq_save();
	unsigned long start;
	struct entry *e = va >= PAGE_OFFSET ? find_entry(va, &start) : NULL;

	if (e)
		drop(e, start);
	local_irq_restore(flags);
}

void tlb_flush_all(void)
{
	const unsigned long flags = local_irq_save();

	while (tlb.held_count > 0) {
		const unsigned long i = tlb.held[tlb.held_count - 1];

		drop(&tlb.entry[i], PAGE_OFFSET + (i << PAGE_SHIFT));
	}
	local_irq_restore(flags);
}

// What the TLB has are pages of the kernel, all global.
void mmu_load_root(phys_addr_t root)
{
	loaded_root = root;
}

void pt_replace(pte_t *slot, pte_t pte)
{
	pte_set(slot, pte);
}

// ---- For tests ------------------------------------------------------------------------------------

bool tlb_holds(unsigned long va)
{
	unsigned long start;

	return find_entry(va, &start) != NULL;
}

static bool is_stale(unsigned long i)
{
	pte_t pte;

	return hardware_walk(PAGE_OFFSET + (i << PAGE_SHIFT), &pte) != (int)tlb.entry[i].level ||
	       pte != tlb.entry[i].pte;
}

int tlb_stale(void)
{
	int n = 0;

	for (u32 i = 0; i < tlb.held_count; i++)
		n += is_stale(tlb.held[i]);
	return n;
}

unsigned long tlb_first_stale(void)
{
	unsigned long first = 0;

	for (u32 i = 0; i < tlb.held_count; i++) {
		const unsigned long va = PAGE_OFFSET + ((unsigned long)tlb.held[i] << PAGE_SHIFT);

		if (is_stale(tlb.held[i]) && (first == 0 || va < first))
			first = va;
	}
	return first;
}

unsigned long tlb_fills(void)
{
	return tlb.fills;
}
