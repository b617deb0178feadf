// SPDX-License-Identifier: MIT
// One virtual address explained: its kind, its area, its frame.
//
// The kinds are those of "Linux Device Drivers" (ch. 15): a user virtual address belongs to a process;
// a kernel logical address is a constant away from the physical one; any other address of the kernel
// is a kernel virtual one, whose frame only the page tables know.

#include <lib/format.h>
#include <lib/seq_buf.h>
#include <mm/layout.h>
#include <mm/page.h>
#include <mm/pgtable.h>
#include <mm/zone.h>

static const char *kind(unsigned long va)
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

	seq_buf_printf(s, "physical %pa, ", &pa);
	if (pfn_valid(pfn))
		seq_buf_printf(s, "page frame %#lx", pfn);
	else
		seq_buf_printf(s, "no RAM");
	if (page_initialised(pfn))
		seq_buf_printf(s, ", zone %s", page_zone(pfn_to_page(pfn))->name);
}

static void show_mapping(unsigned long va, void (*line)(const char *, void *), void *arg)
{
	char text[160], rights[16];
	phys_addr_t pa;
	pgprot_t prot;
	const int level = pt_query(kernel_root, va, &pa, &prot);
	struct seq_buf s;

	if (level < 0) {
		line("  not mapped by the kernel", arg);
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
	int len = scnprintf(text, sizeof(text), "%08lx: %s, ", va, kind(va));

	address_describe(va, text + len, sizeof(text) - len);
	line(text, arg);
	show_mapping(va, line, arg);
}
