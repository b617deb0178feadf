// SPDX-License-Identifier: MIT
// /proc/vmallocinfo: the areas of the vmalloc range and their callers.
//
// Linux: s_show() in mm/vmalloc.c; here the addresses are not hashed.

#include <lib/seq_buf.h>

#include "../vmalloc/vmalloc.h"

static void show_area(const struct vm_struct *vm, void (*line)(const char *, void *), void *arg)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} kinds[] = { { VM_IOREMAP, " ioremap" }, { VM_ALLOC, " vmalloc" }, { VM_MAP, " vmap" } };
	struct seq_buf s;
	char text[160];

	seq_buf_init(&s, text, sizeof(text));
	seq_buf_printf(&s, "0x%px-0x%px %7lu %pS", vm->addr, (char *)vm->addr + vm->size, vm->size,
		       (void *)vm->caller);
	if (vm->nr_pages)
		seq_buf_printf(&s, " pages=%u", vm->nr_pages);
	if (vm->phys_addr)
		seq_buf_printf(&s, " phys=%pa", &vm->phys_addr);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (vm->flags & kinds[i].flag)
			seq_buf_printf(&s, "%s", kinds[i].name);
	if (is_vmalloc_addr(vm->pages))
		seq_buf_printf(&s, " vpages");
	line(text, arg);
}

void vmallocinfo_show(void (*line)(const char *text, void *arg), void *arg)
{
	struct vm_struct vm;

	for (unsigned long va = VMALLOC_START; vm_area_copy_from(va, &vm); va = vm.area.end)
		show_area(&vm, line, arg);
}
