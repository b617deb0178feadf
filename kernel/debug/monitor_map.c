// SPDX-License-Identifier: MIT
// Mappings by hand: vmalloc, kmap, ioremap, and single pages of a scratch area. Each command shows the
// page-table entry.

#include <lib/format.h>
#include <lib/string.h>
#include <mm/highmem.h>
#include <mm/ioremap.h>
#include <mm/page_debug.h>
#include <mm/pgtable.h>
#include <mm/tlb.h>
#include <mm/vmalloc.h>

#include "monitor.h"

// ---- vmalloc ----------------------------------------------------------------------------------------

#define PAGES_SHOWN 4 // tunable: of a large area

static void say_area_pages(unsigned long va, unsigned long pages)
{
	char when[48];

	for (unsigned long i = 0; i < min(pages, (unsigned long)PAGES_SHOWN); i++) {
		const struct page *page = vmalloc_to_page((void *)(va + i * PAGE_SIZE));

		snprintf(when, sizeof(when), "%08lx, zone %s", va + i * PAGE_SIZE,
			 page_zone(page)->name);
		say_entry(when, va + i * PAGE_SIZE);
	}
	if (pages > PAGES_SHOWN)
		say("  ... and %lu pages more", pages - PAGES_SHOWN);
	say_entry("the guard page", va + pages * PAGE_SIZE);
}

static void cmd_vmalloc(char *args)
{
	unsigned long size, pages;
	struct held *h;

	if (!read_count("vmalloc", args, "a size", VMALLOC_END - VMALLOC_START, &size) ||
	    !(h = held_new("vmalloc")))
		return;
	pages = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	if (size == 0) {
		say("vmalloc: an area has at least 1 byte");
		return;
	}
	h->va = (unsigned long)__vmalloc(size, GFP_KERNEL | __GFP_NOWARN);
	if (!h->va) {
		say("vmalloc: no area for %lu bytes: %lu pages are free, the largest gap has %lu "
		    "kB",
		    size, nr_free_pages(), vmalloc_chunk() / SZ_1K);
		return;
	}
	h->size = size;
	snprintf(h->text, sizeof(h->text), "vmalloc(%lu = %#lx) at %08lx, %lu page%s", size, size,
		 h->va, pages, pages == 1 ? "" : "s");
	held_added(h, HELD_AREA);
	say_area_pages(h->va, pages);
}

static void cmd_vfree(char *args)
{
	struct held *h = held_find("vfree", HELD_AREA, args);

	if (!h)
		return;
	say_entry("before", h->va);
	vfree((void *)h->va);
	held_drop(h);
	say_entry("after", h->va);
	say("freed #%u: %s", held_number(h), h->text);
}

// ---- kmap -------------------------------------------------------------------------------------------

// A frame of RAM whose struct page is initialised, or NULL after a message.
static struct page *usable_frame(const char *command, const char *word)
{
	unsigned long pfn;

	if (!read_number(command, word, "a page frame number", &pfn))
		return NULL;
	if (pfn_valid(pfn) && page_initialised(pfn))
		return pfn_to_page(pfn);
	page_show(pfn, monitor_line, NULL);
	say("%s: only a frame that has been used; alloc 0 highuser takes one of highmem", command);
	return NULL;
}

static void cmd_kmap(char *args)
{
	struct page *page = usable_frame("kmap", args);
	struct held *h;

	if (!page || !(h = held_new("kmap")))
		return;
	h->page = page;
	h->va = (unsigned long)kmap(page);
	snprintf(h->text, sizeof(h->text), "kmap of page frame %#lx at %08lx%s", page_to_pfn(page),
		 h->va, PageHighMem(page) ? "" : ", its address in lowmem");
	held_added(h, HELD_KMAP);
	say_entry("the entry", h->va);
}

static void cmd_kunmap(char *args)
{
	struct held *h = held_find("kunmap", HELD_KMAP, args);

	if (!h)
		return;
	say_entry("before", h->va);
	kunmap(h->page);
	held_drop(h);
	say_entry("after", h->va);
	if (PageHighMem(h->page))
		say("  the entry stays until the window has been used up once: then all are "
		    "flushed");
	say("unmapped #%u: %s", held_number(h), h->text);
}

// ---- ioremap ----------------------------------------------------------------------------------------

static void cmd_ioremap(char *args)
{
	unsigned long size;
	struct held *h;
	phys_addr_t pa;

	if (!read_phys("ioremap", next_word(&args), &pa) ||
	    !read_count("ioremap", args, "a size", VMALLOC_END - VMALLOC_START, &size) ||
	    !(h = held_new("ioremap")))
		return;
	h->va = (__force unsigned long)ioremap(pa, size);
	if (!h->va) {
		say("ioremap: refused; the kernel's own line says why (dmesg)");
		return;
	}
	h->size = size;
	snprintf(h->text, sizeof(h->text), "ioremap of %lu = %#lx bytes at %pa: %08lx", size, size,
		 &pa, h->va);
	held_added(h, HELD_IOREMAP);
	say_entry("the entry", h->va);
}

static void cmd_iounmap(char *args)
{
	struct held *h = held_find("iounmap", HELD_IOREMAP, args);

	if (!h)
		return;
	say_entry("before", h->va);
	iounmap((__force volatile void __iomem *)h->va);
	held_drop(h);
	say_entry("after", h->va);
	say("unmapped #%u: %s", held_number(h), h->text);
}

// ---- Single pages of a scratch area -------------------------------------------------------------------

#define SCRATCH_PAGES 16UL

// Exists while at least one of its pages is mapped.
static struct vm_struct *scratch;

// "r", "rw", "rx", in any order.
static bool read_rights(const char *command, const char *word, pgprot_t *prot)
{
	*prot = PT_GLOBAL;
	for (const char *c = word; *c; c++) {
		if (*c == 'w')
			*prot |= PT_WRITE;
		if (*c == 'x')
			*prot |= PT_EXEC;
		if (*c == 'r' || *c == 'w' || *c == 'x')
			continue;
		say("%s: \"%s\" are not rights (r, rw or rx)", command, word);
		return false;
	}
	if ((*prot & PT_WRITE) && (*prot & PT_EXEC)) {
		say("%s: no page of this kernel is both writable and executable", command);
		return false;
	}
	return true;
}

static bool scratch_used(unsigned long va)
{
	for (struct held *h = held_next(NULL, HELD_MAPPING); h; h = held_next(h, HELD_MAPPING))
		if (h->va == va)
			return true;
	return false;
}

// The address of the first unmapped page of the area; 0 after a message: none is left.
static unsigned long scratch_page(void)
{
	if (!scratch)
		scratch = get_vm_area(SCRATCH_PAGES * PAGE_SIZE, VM_MAP);
	if (!scratch) {
		say("map: no address space for a scratch area");
		return 0;
	}
	for (unsigned long i = 0; i < SCRATCH_PAGES; i++)
		if (!scratch_used((unsigned long)scratch->addr + i * PAGE_SIZE))
			return (unsigned long)scratch->addr + i * PAGE_SIZE;
	say("map: all %lu pages of the scratch area are mapped", SCRATCH_PAGES);
	return 0;
}

static void map_frame(struct held *h, pfn_t pfn, pgprot_t prot)
{
	char rights[16];

	say_entry("before", h->va);
	if (pt_map(kernel_root, h->va, PFN_PHYS(pfn), PAGE_SIZE, prot, page_table_alloc) != 0) {
		say("map: no memory for a page table");
		return;
	}
	say_entry("after", h->va);
	pt_prot_string(prot, rights);
	snprintf(h->text, sizeof(h->text), "page of the scratch area at %08lx shows frame %#lx, %s",
		 h->va, pfn, rights);
	h->page = pfn_to_page(pfn);
	held_added(h, HELD_MAPPING);
}

static void cmd_map(char *args)
{
	unsigned long pfn;
	struct held *h;
	pgprot_t prot;

	if (!read_number("map", next_word(&args), "a page frame number", &pfn) ||
	    !read_rights("map", *args ? args : "rw", &prot))
		return;
	if (!pfn_valid(pfn)) {
		page_show(pfn, monitor_line, NULL);
		say("map: only frames of RAM; ioremap is for devices");
		return;
	}
	h = held_new("map");
	if (h && (h->va = scratch_page()) != 0)
		map_frame(h, pfn, prot);
}

static void cmd_protect(char *args)
{
	struct held *h = held_find("protect", HELD_MAPPING, next_word(&args));
	struct tlb_gather gather;
	char rights[16];
	pgprot_t prot;

	if (!h)
		return;
	if (!*args) {
		say("protect: the rights are missing: r, rw or rx");
		return;
	}
	if (!read_rights("protect", args, &prot))
		return;
	say_entry("before", h->va);
	tlb_gather_init(&gather);
	if (pt_protect(kernel_root, h->va, PAGE_SIZE, prot, page_table_alloc, &gather) != 0)
		say("protect: no memory for a page table");
	tlb_gather_flush(&gather);
	say_entry("after", h->va);
	pt_prot_string(prot, rights);
	snprintf(h->text, sizeof(h->text), "page of the scratch area at %08lx shows frame %#lx, %s",
		 h->va, page_to_pfn(h->page), rights);
}

static void cmd_unmap(char *args)
{
	struct held *h = held_find("unmap", HELD_MAPPING, args);
	struct tlb_gather gather;

	if (!h)
		return;
	say_entry("before", h->va);
	tlb_gather_init(&gather);
	if (pt_unmap(kernel_root, h->va, PAGE_SIZE, &gather) != 0)
		say("unmap: a large page is in the way");
	tlb_gather_flush(&gather);
	held_drop(h);
	say_entry("after", h->va);
	say("unmapped #%u: %s", held_number(h), h->text);
	if (held_next(NULL, HELD_MAPPING))
		return;
	free_vm_area(scratch);
	scratch = NULL;
}

static const char size_more[] = "SIZE is in bytes: decimal, with 0x hexadecimal, with K or M in KB "
				"or MB. NUMBER is what held\n"
				"shows; without it the last one goes.";
static const char kmap_more[] = "PFN is the number of a page frame, hexadecimal. Only highmem "
				"needs a slot of the window: a frame\n"
				"of lowmem has its address already.";
static const char map_more[] = "PFN is a frame of RAM (hexadecimal), RIGHTS is r, rw (the default) "
			       "or rx. The scratch area has 16\n"
			       "pages of its own in the vmalloc area; NUMBER is what held shows, "
			       "or the address. md and poke\n"
			       "then read and write through the mapping.";

const struct command monitor_map_commands[] = {
	{ "vmalloc", "SIZE", "take pages that lie together in virtual addresses alone", cmd_vmalloc,
	  size_more, NULL },
	{ "vfree", "[NUMBER]", "give such an area back", cmd_vfree, size_more, NULL },
	{ "kmap", "PFN", "show a frame of highmem in the kmap window", cmd_kmap, kmap_more, NULL },
	{ "kunmap", "[NUMBER]", "end that", cmd_kunmap, kmap_more, NULL },
	{ "ioremap", "PA SIZE", "map registers at physical address PA (hexadecimal)", cmd_ioremap,
	  size_more, NULL },
	{ "iounmap", "[NUMBER]", "end that", cmd_iounmap, size_more, NULL },
	{ "map", "PFN [RIGHTS]", "map a frame into the scratch area", cmd_map, map_more, NULL },
	{ "unmap", "[NUMBER]", "end that", cmd_unmap, map_more, NULL },
	{ "protect", "NUMBER RIGHTS", "change the rights of such a page", cmd_protect, map_more,
	  NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};
