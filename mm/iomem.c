// SPDX-License-Identifier: MIT
// /proc/iomem: the map of physical memory, what lies inside of what.
//
// Rows come from memblock: RAM, what is reserved of it (two blanks further in) and, in place of the
// kernel's reservation, its parts. A reservation that crosses a border of RAM is cut there.
// Linux: kernel/resource.c, a tree to which drivers add their registers.

#include <kernel/sections.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/memblock.h>
#include <mm/procinfo.h>

static const struct {
	const char *name;
	const char *start, *end;
} kernel_parts[] = {
	{ "Kernel code", _stext, _etext },
	{ "Kernel rodata", __start_rodata, __end_rodata },
	{ "Kernel data", _sdata, _edata },
	{ "Kernel bss", __bss_start, __bss_stop },
};

static void show_range(u64 start, u64 end, const char *name, int depth,
		       void (*line)(const char *, void *), void *arg)
{
	char text[80];

	snprintf(text, sizeof(text), "%*s%08llx-%08llx : %s", 2 * depth, "", start, end - 1, name);
	line(text, arg);
}

static void show_kernel(int depth, void (*line)(const char *, void *), void *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_parts); i++)
		if (kernel_parts[i].start < kernel_parts[i].end)
			show_range(__pa(kernel_parts[i].start), __pa(kernel_parts[i].end),
				   kernel_parts[i].name, depth, line, arg);
}

// The reservations, as far as they lie in [start, end).
static void show_reserved(u64 start, u64 end, int depth, void (*line)(const char *, void *),
			  void *arg)
{
	const struct memblock_range *r;

	for (int i = 0; (r = memblock_reserved(i)) != NULL; i++) {
		const u64 from = max((u64)r->start, start), to = min((u64)r->end, end);

		if (from >= to)
			continue;
		if (strcmp(r->name, "Kernel") == 0)
			show_kernel(depth, line, arg);
		else
			show_range(from, to, r->name, depth, line, arg);
	}
}

void iomem_show(void (*line)(const char *text, void *arg), void *arg)
{
	const struct memblock_range *ram;
	u64 shown = 0;

	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++) {
		show_reserved(shown, ram->start, 0, line, arg);
		show_range(ram->start, ram->end, ram->name, 0, line, arg);
		show_reserved(ram->start, ram->end, 1, line, arg);
		shown = ram->end;
	}
	show_reserved(shown, ~0ULL, 0, line, arg);
}
