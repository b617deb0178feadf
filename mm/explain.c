// SPDX-License-Identifier: MIT
// One virtual address explained: its kind, its area, its frame.
//
// The kinds are those of "Linux Device Drivers" (ch. 15): a user virtual address belongs to a process;
// a kernel logical address is a constant away from the physical one; any other address of the kernel
// is a kernel virtual one, whose frame only the page tables know.

#include <lib/format.h>
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

static int show_frame(phys_addr_t pa, char *buf, size_t size)
{
	const pfn_t pfn = PFN_DOWN(pa);
	int len = scnprintf(buf, size, "physical %pa, ", &pa);

	if (!pfn_valid(pfn))
		return len + scnprintf(buf + len, size - len, "no RAM");
	len += scnprintf(buf + len, size - len, "page frame %#lx", pfn);
	if (page_initialised(pfn))
		len += scnprintf(buf + len, size - len, ", zone %s",
				 page_zone(pfn_to_page(pfn))->name);
	return len;
}

static void show_mapping(unsigned long va, void (*line)(const char *, void *), void *arg)
{
	char text[160], rights[16];
	phys_addr_t pa;
	pgprot_t prot;
	const int level = pt_query(kernel_root, va, &pa, &prot);
	int len;

	if (level < 0) {
		line("  not mapped by the kernel", arg);
		return;
	}
	pt_prot_string(prot, rights);
	len = scnprintf(text, sizeof(text), "  mapped %s, in a page of %lu KB: ", rights,
			pt_span(level) / SZ_1K);
	show_frame(pa, text + len, sizeof(text) - len);
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
