// SPDX-License-Identifier: MIT
// Page-table entries of the short-descriptor format (ARM ARM DDI 0406C, B3.5).
//
// Two levels of 32-bit entries: a root of 4096 entries for 1 MB each (16 KB), second-level tables of
// 256 entries (1 KB) over pages of 4 KB. TTBCR.N is 0: TTBR0 covers all addresses, and each address space
// has the kernel's entries in its own root. Each entry contains the memory type itself (SCTLR.TRE = 0),
// and AP has three bits (SCTLR.AFE = 0). All entries belong to domain 0, a client: the CPU checks rights.
// Supersections (16 MB) and large pages (64 KB) are not used.
// Linux: arch/arm/include/asm/pgtable-2level*.h, which pairs each table with one of its own.
#pragma once

#include <lib/types.h>

typedef u32 pte_t;

#define PT_LEVELS 2
#define PHYS_BITS 32

// The manual counts from 1.
static const struct pt_level pt_levels[PT_LEVELS] = {
	{ 20, 12, true, "level 1" },
	{ 12, 8, true, "level 2" },
};

#define PT_FORMAT "short-descriptor"

// Bits 1:0, the type (B3.5.1). In a leaf, bit 0 forbids execution: in a section by the kernel, in a page
// completely.
#define SHORT_TYPE  3u
#define SHORT_TABLE 1u // level 1 only
#define SHORT_LEAF  2u // bit 1 of the type

// Attributes of a page (B3.5.1, figure B3-5) ...
#define SHORT_PAGE_XN        BIT(0)
#define SHORT_PAGE_TEX_CB(t) (((t) >> 2 & 7) << 6 | ((t)&3) << 2)
#define SHORT_PAGE_AP0       BIT(4) // AP[0]: accesses are allowed (if SCTLR.AFE is 1: the access flag)
#define SHORT_PAGE_AP_USER   BIT(5) // AP[1]: user mode may access it, too
#define SHORT_PAGE_AP_RO     BIT(9) // AP[2]
#define SHORT_PAGE_S         BIT(10)
#define SHORT_PAGE_NG        BIT(11) // not global: belongs to an ASID
#define SHORT_PAGE_ADDR      0xfffff000u
// ... and of a section (figure B3-4).
#define SHORT_SECTION_PXN       BIT(0) // not executable by the kernel
#define SHORT_SECTION_TEX_CB(t) (((t) >> 2 & 7) << 12 | ((t)&3) << 2)
#define SHORT_SECTION_XN        BIT(4)
#define SHORT_SECTION_AP0       BIT(10)
#define SHORT_SECTION_AP_USER   BIT(11)
#define SHORT_SECTION_AP_RO     BIT(15)
#define SHORT_SECTION_S         BIT(16)
#define SHORT_SECTION_NG        BIT(17)
#define SHORT_SECTION_ADDR      0xfff00000u

// ... and of a table.
#define SHORT_TABLE_PXN  BIT(2)
#define SHORT_TABLE_ADDR 0xfffffc00u

// Memory types: TEX[2:0], C, B (table B3-10).
#define TEX_CB_DEVICE 0x01u // shareable Device
#define TEX_CB_WC     0x04u // Normal, not cached
#define TEX_CB_NORMAL 0x07u // Normal, write-back, write-allocate

// Whether the CPU supports PXN (ID_MMFR0); without it, the bit must be 0.
extern bool pt_has_pxn;

static inline bool pte_present(pte_t pte)
{
	return pte & SHORT_TYPE;
}

static inline bool pte_leaf(pte_t pte, int level)
{
	return pte & SHORT_LEAF;
}

// A leaf that was made not present has a type of 0: set bit 1 again.
static inline pte_t pte_mk_present(pte_t pte, int level)
{
	return pte | SHORT_LEAF;
}

// With SCTLR.AFE = 0 the CPU records neither accesses nor writes: a present page counts as accessed, a
// writable page as dirty.
static inline bool pte_young(pte_t pte)
{
	return pte_present(pte);
}

static inline bool pte_dirty(pte_t pte)
{
	return !(pte & SHORT_PAGE_AP_RO);
}

static inline phys_addr_t pte_phys(pte_t pte, int level)
{
	return pte & (level == PT_LEVELS - 1 ? SHORT_PAGE_ADDR
		      : pte & SHORT_LEAF     ? SHORT_SECTION_ADDR
					     : SHORT_TABLE_ADDR);
}

static inline pgprot_t pte_type_prot(u32 tex_cb)
{
	return tex_cb == TEX_CB_DEVICE ? PT_DEVICE : tex_cb == TEX_CB_WC ? PT_WC : 0;
}

static inline pgprot_t pte_page_prot(pte_t pte)
{
	return (pte & SHORT_PAGE_AP_RO ? 0 : PT_WRITE) | (pte & SHORT_PAGE_AP_USER ? PT_USER : 0) |
	       (pte & SHORT_PAGE_XN ? 0 : PT_EXEC) | (pte & SHORT_PAGE_NG ? 0 : PT_GLOBAL) |
	       pte_type_prot((pte >> 6 & 7) << 2 | (pte >> 2 & 3));
}

static inline pgprot_t pte_section_prot(pte_t pte)
{
	return (pte & SHORT_SECTION_AP_RO ? 0 : PT_WRITE) |
	       (pte & SHORT_SECTION_AP_USER ? PT_USER : 0) |
	       (pte & SHORT_SECTION_XN ? 0 : PT_EXEC) | (pte & SHORT_SECTION_NG ? 0 : PT_GLOBAL) |
	       pte_type_prot((pte >> 12 & 7) << 2 | (pte >> 2 & 3));
}

static inline pgprot_t pte_prot(pte_t pte, int level)
{
	return level == PT_LEVELS - 1 ? pte_page_prot(pte) : pte_section_prot(pte);
}

static inline u32 pte_tex_cb(pgprot_t prot)
{
	return prot & PT_DEVICE ? TEX_CB_DEVICE : prot & PT_WC ? TEX_CB_WC : TEX_CB_NORMAL;
}

static inline pte_t pte_mk_page(phys_addr_t pa, pgprot_t prot)
{
	return pa | SHORT_LEAF | SHORT_PAGE_AP0 | SHORT_PAGE_S |
	       SHORT_PAGE_TEX_CB(pte_tex_cb(prot)) | (prot & PT_WRITE ? 0 : SHORT_PAGE_AP_RO) |
	       (prot & PT_USER ? SHORT_PAGE_AP_USER : 0) | (prot & PT_EXEC ? 0 : SHORT_PAGE_XN) |
	       (prot & PT_GLOBAL ? 0 : SHORT_PAGE_NG);
}

static inline pte_t pte_mk_section(phys_addr_t pa, pgprot_t prot)
{
	return pa | SHORT_LEAF | SHORT_SECTION_AP0 | SHORT_SECTION_S |
	       SHORT_SECTION_TEX_CB(pte_tex_cb(prot)) |
	       (prot & PT_WRITE ? 0 : SHORT_SECTION_AP_RO) |
	       (prot & PT_USER ? SHORT_SECTION_AP_USER : 0) |
	       (prot & PT_EXEC ? 0 : SHORT_SECTION_XN) | (prot & PT_GLOBAL ? 0 : SHORT_SECTION_NG) |
	       ((prot & PT_USER) && pt_has_pxn ? SHORT_SECTION_PXN : 0);
}

static inline pte_t pte_mk_leaf(phys_addr_t pa, pgprot_t prot, int level)
{
	return level == PT_LEVELS - 1 ? pte_mk_page(pa, prot) : pte_mk_section(pa, prot);
}

// A page has no PXN bit. The table's PXN bit keeps the kernel from executing user pages.
static inline pte_t pte_mk_table(phys_addr_t table, pgprot_t prot, int level)
{
	return table | SHORT_TABLE | ((prot & PT_USER) && pt_has_pxn ? SHORT_TABLE_PXN : 0);
}

// Assembly that stores operand `pte` at operand `slot`.
#define PTE_STR(pte, slot) "str	%" pte ", [%" slot "]\n\t"

static inline void pte_store(pte_t *slot, pte_t pte)
{
	WRITE_ONCE(*slot, pte);
}

// The walker sees the stored entries before the next access (B3.10.1).
static inline void pte_sync(void)
{
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}
