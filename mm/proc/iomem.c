// SPDX-License-Identifier: MIT
// Start-up's knowledge of physical memory as resources: RAM, its reserved ranges and, instead of the
// kernel's reservation, the kernel's parts. A reservation that crosses a border of RAM is split there.
//
// RAM is busy: no driver can claim it. Reserved ranges outside RAM are not busy: firmware also marks
// devices "reserved".
// Linux: arch/x86/kernel/e820.c, arch/arm/kernel/setup.c.

#include <kernel/panic.h>
#include <kernel/sections.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/memblock.h>
#include <mm/procinfo.h>
#include <mm/resource.h>

static const struct {
	const char *name;
	const char *start, *end;
} kernel_parts[] = {
	{ "Kernel code", _stext, _etext },
	{ "Kernel rodata", __start_rodata, __end_rodata },
	{ "Kernel data", _sdata, _edata },
	{ "Kernel bss", __bss_start, __bss_stop },
};

// Adds [start, end) to iomem; panics without memory.
static void iomem_add(u64 start, u64 end, const char *name, unsigned long flags)
{
	struct resource *res = resource_alloc(start, end - 1, name, IORESOURCE_MEM | flags);

	if (!res)
		panic("iomem: no memory for the resource \"%s\"", name);
	BUG_ON(insert_resource(&iomem_resource, res) != 0);
}

static void add_kernel(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_parts); i++)
		if (kernel_parts[i].start < kernel_parts[i].end)
			iomem_add(__pa(kernel_parts[i].start), __pa(kernel_parts[i].end),
				  kernel_parts[i].name, IORESOURCE_SYSRAM | IORESOURCE_BUSY);
}

// Adds the parts of the reservations inside [start, end).
static void add_reserved(u64 start, u64 end, unsigned long flags)
{
	const struct memblock_range *r;

	for (int i = 0; (r = memblock_reserved(i)) != NULL; i++) {
		const u64 from = max((u64)r->start, start), to = min((u64)r->end, end);

		if (from >= to)
			continue;
		if (strcmp(r->name, "Kernel") == 0)
			add_kernel();
		else
			iomem_add(from, to, r->name, flags);
	}
}

void resource_init(void)
{
	const struct memblock_range *ram;
	u64 done = 0;

	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++) {
		add_reserved(done, ram->start, 0);
		iomem_add(ram->start, ram->end, ram->name, IORESOURCE_SYSRAM | IORESOURCE_BUSY);
		add_reserved(ram->start, ram->end, IORESOURCE_BUSY);
		done = ram->end;
	}
	add_reserved(done, (u64)iomem_resource.end + 1, 0);
}

void iomem_show(void (*line)(const char *text, void *arg), void *arg)
{
	resource_show(&iomem_resource, line, arg);
}

void ioports_show(void (*line)(const char *text, void *arg), void *arg)
{
	resource_show(&ioport_resource, line, arg);
}
