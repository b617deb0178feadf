// SPDX-License-Identifier: MIT
// The contract for page tables: geometry as data, and accessors for one entry.
// The walker, and everything that maps, dumps or checks, is generic: mm/pgtable/pgtable.c.
//
// Level 0 is the root, level PT_LEVELS - 1 holds the entries of single pages. Virtual address va
// selects entry (va >> pt_levels[l].shift) & ((1 << pt_levels[l].bits) - 1) at level l.
// All of this runs with the MMU off too (boot/early.c): no absolute pointers, no other calls.
#pragma once

#include <arch/layout.h>
#include <lib/util.h>

// What a mapping allows and what kind of memory it is; no format knows other wishes.
// Reading is always allowed: a mapping that cannot be read does not exist.
typedef u32 pgprot_t;
#define PT_WRITE  BIT(0)
#define PT_EXEC   BIT(1)
#define PT_USER   BIT(2)
#define PT_GLOBAL BIT(3) // the same in every address space: survives a switch
#define PT_DEVICE BIT(4) // registers: not cached, in order, never speculated
#define PT_WC     BIT(5) // not cached, writes may be gathered

#define PAGE_KERNEL     (PT_GLOBAL | PT_WRITE)
#define PAGE_KERNEL_RO  (PT_GLOBAL)
#define PAGE_KERNEL_ROX (PT_GLOBAL | PT_EXEC)
#define PAGE_KERNEL_IO  (PT_GLOBAL | PT_WRITE | PT_DEVICE)

struct pt_level {
	u8 shift;         // the lowest bit of the address that this level looks at
	u8 bits;          // how many bits it looks at
	bool leaf;        // whether an entry here can map memory itself (a large page, or a page)
	const char *name; // the manual's name of an entry: "PDPTE", "level 2"
};

#include <asm/pt.h>
// gives: pte_t, PT_LEVELS, PHYS_BITS (bits of a physical address that the format can hold),
// PT_FORMAT ("LPAE", a string literal), and
//
//   bool pte_present(pte_t)              the entry maps something or points to a table
//   bool pte_leaf(pte_t, int level)      present, and maps memory at this level
//   pte_t pte_mk_present(pte_t, int level)     an entry that is not present, with the bit that it lacks: for
//                                        people, to see what it would be
//   phys_addr_t pte_phys(pte_t, int level)     of the memory, or of the next table
//   pgprot_t pte_prot(pte_t, int level)        of a leaf
//   bool pte_young(pte_t), pte_dirty(pte_t)    a page's entry: used, written to, as far as the CPU notes
//                                        it; where it does not, what is allowed counts as done
//   pte_t pte_mk_leaf(phys_addr_t, pgprot_t, int level)
//                                        of a single page: the address OR what the rights alone give
//   pte_t pte_mk_table(phys_addr_t, pgprot_t, int level) an entry of this level that points to a table;
//                                        the rights are of what it will lead to: the kernel's or the user's
//   void pte_store(pte_t *slot, pte_t)         so that the CPU's walker sees old or new, no mix
//   void pte_sync(void)                        what was stored counts for the next access
//
//   static const struct pt_level pt_levels[PT_LEVELS]   where every compilation sees its numbers
//
// and, in arch/<arch>/pt*.c, what is declared here:

// Stores an entry that counts from now on. Where the old one was present, the TLB may still have it.
static inline void pte_set(pte_t *slot, pte_t pte)
{
	pte_store(slot, pte);
	pte_sync();
}

// Bytes that a table of this level takes, and its alignment.
static inline size_t pt_table_size(int level)
{
	return sizeof(pte_t) << pt_levels[level].bits;
}

// Whether the CPU at hand honours the lack of PT_EXEC (x86 CPUs without NX cannot).
extern bool pt_has_noexec;

// Puts a table in the place of a large page that maps the same frames with the same rights, or the
// reverse. The stack may lie in these pages, the slot and this function may not: where the CPU demands a
// moment in which nothing is mapped there, nothing else is touched in it.
void pt_replace(pte_t *slot, pte_t pte);

// The CPU translates by the root at this physical address, and drops what it has cached that is not
// global. For mm/pgtable/pgd.c.
void mmu_load_root(phys_addr_t root);

// Forgets the CPU's cached translations of everything, global entries included.
void tlb_flush_all(void);

#include <asm/tlb.h>
// gives, inline: void tlb_flush_page(unsigned long va), the same for the page that starts at va

// The root table of the kernel, filled by boot; every address space shares what it points to.
extern pte_t kernel_root[];
