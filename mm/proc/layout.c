// SPDX-License-Identifier: MIT
// Describes the address space: the table of the boot log, and the area of any address.

#include <kernel/sections.h>
#include <lib/format.h>
#include <mm/addr.h>
#include <mm/highmem.h>
#include <mm/kasan.h>
#include <mm/kernel_map.h>
#include <mm/layout.h>
#include <mm/memblock.h>
#include <mm/tlb.h>
#include <mm/vmalloc.h>

// `last` is inclusive, so that the top of the address space needs no 33rd bit.
struct area {
	const char *name;
	unsigned long first, last;
	bool in_layout; // has a line in the table
};

static const struct area areas[] = {
	ARCH_AREAS // the architecture's own areas
	{ "fixmap", FIXADDR_START, FIXADDR_END - 1, true },
	{ "pkmap", PKMAP_BASE, PKMAP_END - 1, true },
	{ "vmalloc", VMALLOC_START, VMALLOC_END - 1, true },
	{ "the hole behind lowmem", KASAN_SHADOW_END, VMALLOC_START - 1, false },
	KASAN_AREAS // the shadow, in KASAN builds
	{ "page 0 (NULL)", 0, PAGE_SIZE - 1, false },
	{ "user space", PAGE_SIZE, TASK_SIZE - 1, false },
};

static void print_area(const char *name, unsigned long start, unsigned long end,
		       void (*line)(const char *, void *), void *arg)
{
	const unsigned long size = end - start;
	const bool mb = size >= 10 * SZ_1M && size % SZ_1M == 0;
	char text[80];

	snprintf(text, sizeof(text), "    %7s : 0x%08lx - 0x%08lx   (%4lu %s)", name, start, end,
		 mb ? size / SZ_1M : size / SZ_1K, mb ? "MB" : "kB");
	line(text, arg);
}

void layout_show(void (*line)(const char *text, void *arg), void *arg)
{
	const unsigned long lowmem_end =
		PAGE_OFFSET + (unsigned long)(memblock_lowmem_end() - PHYS_OFFSET);

	line("virtual kernel memory layout:", arg);
	for (size_t i = 0; i < ARRAY_SIZE(areas); i++)
		if (areas[i].in_layout)
			print_area(areas[i].name, areas[i].first, areas[i].last + 1, line, arg);
	print_area("lowmem", PAGE_OFFSET, lowmem_end, line, arg);
	print_area(".text", (unsigned long)_stext, (unsigned long)_etext, line, arg);
	print_area(".rodata", (unsigned long)__start_rodata, (unsigned long)__end_rodata, line,
		   arg);
	print_area(".data", (unsigned long)_sdata, (unsigned long)_edata, line, arg);
	print_area(".bss", (unsigned long)__bss_start, (unsigned long)__bss_stop, line, arg);
}

// The image's rows are sorted; the gap between two rows is the guard page of the upper one.
static const char *image_area(const char *p)
{
	for (int i = 0; i < kernel_image_rows; i++) {
		const struct kmap_row *row = &kernel_image_map[i];

		if (p >= row->start && p < row->end)
			return row->name;
		if (p < row->start)
			return row->guard;
	}
	return "lowmem";
}

const char *address_area(unsigned long va)
{
	if (va >= (unsigned long)_start && va < (unsigned long)_end)
		return image_area((const char *)va);
	for (size_t i = 0; i < ARRAY_SIZE(areas); i++)
		if (va >= areas[i].first && va <= areas[i].last)
			return areas[i].name;
	if (va >= PAGE_OFFSET && va < LOWMEM_END)
		return va - PAGE_OFFSET < memblock_lowmem_end() - PHYS_OFFSET
			       ? "lowmem"
			       : "lowmem, but there is no RAM";
	return "no area of the kernel's layout";
}

// Appends `before` and the text of `describe`; nothing if that is empty. Returns the new length.
static int append(char *buf, size_t size, int len, const char *before, unsigned long va,
		  int (*describe)(unsigned long va, char *buf, size_t size))
{
	const int start = len + scnprintf(buf + len, size - len, "%s", before);
	const int said = describe(va, buf + start, size - start);

	if (said == 0)
		buf[len] = '\0';
	return said ? start + said : len;
}

void address_describe(unsigned long va, char *buf, size_t size)
{
	int len = kmap_describe(va, buf, size);

	if (len == 0)
		len = scnprintf(buf, size, "%s", address_area(va));
	if (is_vmalloc_addr((void *)va))
		len = append(buf, size, len, ": ", va, vmalloc_describe);
	len = append(buf, size, len, ": ", va, zero_size_describe);
	append(buf, size, len, ", ", va, tlb_pending_describe);
}
