// SPDX-License-Identifier: MIT
// Explains a virtual address: its kind, its area, its frame.
//
// The kinds are those of "Linux Device Drivers" (ch. 15). A user virtual address belongs to a process.
// A kernel logical address is the physical address plus a constant. Any other address of the kernel is
// a kernel virtual address: only the page tables give its frame.

#include <lib/format.h>
#include <lib/seq_buf.h>
#include <mm/layout.h>
#include <mm/page.h>
#include <mm/page_debug.h>
#include <mm/pgtable.h>
#include <mm/zone.h>

static const char *address_kind(unsigned long va)
{
	if (va < PAGE_SIZE)
		return "no address of anything (NULL)";
	if (va < TASK_SIZE)
		return "user virtual address";
	return virt_addr_valid((void *)va) ? "kernel logical address" : "kernel virtual address";
}

static void show_frame(phys_addr_t pa, struct seq_buf *s)
{
	const pfn_t pfn = PFN_DOWN(pa);
	const char *unused = frame_unused(pfn);

	seq_buf_printf(s, "physical %pa, page frame %#lx", &pa, pfn);
	if (pfn_zone(pfn))
		seq_buf_printf(s, ", zone %s", pfn_zone(pfn)->name);
	if (unused)
		seq_buf_printf(s, ", %s", unused);
	else if (PageReserved(pfn_to_page(pfn)))
		seq_buf_printf(s, ", reserved");
}

// Prints the entry that ends the walk and, in lowmem, the frame that would be mapped there.
static void show_hole(unsigned long va, void (*line)(const char *, void *), void *arg)
{
	struct pt_step steps[PT_LEVELS];
	const int last = pt_walk(kernel_root, va, steps) - 1;
	char text[160], entry[128];

	pt_show_entry(&steps[last], entry, sizeof(entry));
	snprintf(text, sizeof(text), "  not mapped by the kernel: %s", entry);
	line(text, arg);
	if (va >= PAGE_OFFSET && va < LOWMEM_END)
		page_show(PFN_DOWN(__pa(va)), line, arg);
}

static void show_mapping(unsigned long va, void (*line)(const char *, void *), void *arg)
{
	char text[220], rights[16];
	phys_addr_t pa;
	pgprot_t prot;
	const int level = pt_query(kernel_root, va, &pa, &prot);
	struct seq_buf s;

	if (level < 0) {
		show_hole(va, line, arg);
		return;
	}
	pt_prot_string(prot, rights);
	seq_buf_init(&s, text, sizeof(text));
	seq_buf_printf(&s, "  mapped %s, in a page of %lu KB: ", rights, pt_span(level) / SZ_1K);
	show_frame(pa, &s);
	line(text, arg);
}

void address_explain(unsigned long va, void (*line)(const char *text, void *arg), void *arg)
{
	char text[ADDRESS_WORDS + 64];
	int len = scnprintf(text, sizeof(text), "%08lx: %s, ", va, address_kind(va));

	address_describe(va, text + len, sizeof(text) - len);
	line(text, arg);
	snprintf(text, sizeof(text), "  page number 0x%05lx, offset 0x%03lx", va >> PAGE_SHIFT,
		 va & ~PAGE_MASK);
	line(text, arg);
	show_mapping(va, line, arg);
}
