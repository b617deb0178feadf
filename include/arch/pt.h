// SPDX-License-Identifier: MIT
// The contract for page tables: the geometry as data, and accessors for one entry.
// The walker, and all code that maps, dumps or checks, is generic: mm/pgtable/pgtable.c.
//
// Level 0 is the root, level PT_LEVELS - 1 holds the entries of single pages. Virtual address va
// selects entry (va >> pt_levels[l].shift) & ((1 << pt_levels[l].bits) - 1) at level l.
// All of this also runs with the MMU off (boot/early.c): no absolute pointers, no calls to other code.
#pragma once

#include <arch/layout.h>
#include <lib/util.h>

// The access rights and the memory type of a mapping, in the terms that every format can express.
// Reading is always allowed: the formats have no present but unreadable page.
typedef u32 pgprot_t;
#define PT_WRITE  BIT(0)
#define PT_EXEC   BIT(1)
#define PT_USER   BIT(2)
#define PT_GLOBAL BIT(3) // the same in every address space: stays in the TLB on a switch
#define PT_DEVICE BIT(4) // registers: not cached, in order, no speculative accesses
#define PT_WC     BIT(5) // not cached, writes may be combined

#define PAGE_KERNEL     (PT_GLOBAL | PT_WRITE)
#define PAGE_KERNEL_RO  (PT_GLOBAL)
#define PAGE_KERNEL_ROX (PT_GLOBAL | PT_EXEC)
#define PAGE_KERNEL_IO  (PT_GLOBAL | PT_WRITE | PT_DEVICE)

struct pt_level {
	u8 shift;         // the lowest address bit of this level's index
	u8 bits;          // the number of bits in the index
	bool leaf;        // whether an entry here can map memory itself (a large page, or a page)
	const char *name; // the manual's name of an entry: "PDPTE", "level 2"
};

#include <asm/pt.h>
// gives: pte_t, PT_LEVELS, PHYS_BITS (bits of a physical address that the format can hold),
// PT_FORMAT ("LPAE", a string literal), and
//
//   bool pte_present(pte_t)              the entry maps something or points to a table
//   bool pte_leaf(pte_t, int level)      present, and maps memory at this level
//   pte_t pte_mk_present(pte_t, int level)     sets the present bit in an entry that lacks it, to decode the
//                                        entry for people
//   phys_addr_t pte_phys(pte_t, int level)     of the memory, or of the next table
//   pgprot_t pte_prot(pte_t, int level)        of a leaf
//   bool pte_young(pte_t), pte_dirty(pte_t)    a page's entry: accessed, written to. If the CPU does not
//                                        record it: accessible, writable
//   pte_t pte_mk_leaf(phys_addr_t, pgprot_t, int level)
//                                        for a single page, this is the address OR the bits for the rights
//   pte_t pte_mk_table(phys_addr_t, pgprot_t, int level) an entry of this level that points to a table;
//                                        the rights say whether the table is for kernel or user pages
//   void pte_store(pte_t *slot, pte_t)         the CPU's walker sees the old or the new entry, never a mix
//   void pte_sync(void)                        makes stored entries effective for the next access
//
//   static const struct pt_level pt_levels[PT_LEVELS]   in the header, so that its numbers are constants
//
// arch/<arch>/pt*.c implements the declarations below:

// Stores an entry and makes it effective. If the old entry was present, the TLB may still hold it.
static inline void pte_set(pte_t *slot, pte_t pte)
{
	pte_store(slot, pte);
	pte_sync();
}

// The size of a table of this level in bytes, and its alignment.
static inline size_t pt_table_size(int level)
{
	return sizeof(pte_t) << pt_levels[level].bits;
}

// Whether this CPU can forbid execution (x86 CPUs without NX cannot).
extern bool pt_has_noexec;

// Replaces a large page by a table that maps the same frames with the same rights, or the reverse. On
// some CPUs nothing is mapped there for a moment. The stack may be in these pages: it is not accessed in
// that moment. The slot and this function must not be in them.
void pt_replace(pte_t *slot, pte_t pte);

// Makes the CPU use the root table at this physical address, and flushes the non-global TLB entries. For
// mm/pgtable/pgd.c.
void mmu_load_root(phys_addr_t root);

// Flushes the whole TLB, global entries included.
void tlb_flush_all(void);

#include <asm/tlb.h>
// gives, inline: void tlb_flush_page(unsigned long va), the same for the page that starts at va

// The kernel's root table, filled by boot; all address spaces share the tables that it points to.
extern pte_t kernel_root[];
