// SPDX-License-Identifier: MIT
// ioremap: maps device registers and device memory.
//
// Rules: RAM is refused for every memory type, because it is in the linear map already. If one address
// is cached and the other is not, the CPU's behaviour is unpredictable.
// Linux: arch/arm/mm/ioremap.c, arch/x86/mm/ioremap.c.

#include <abi/errno.h>
#include <arch/pt.h>
#include <kernel/printk.h>
#include <mm/ioremap.h>
#include <mm/memblock.h>
#include <mm/page.h>
#include <mm/pgtable.h>

#include "vmalloc.h"

unsigned long ioremap_mistakes;

static bool holds_ram(u64 first, u64 last)
{
	const struct memblock_range *ram;

	// Most devices are below or above all RAM.
	if (PFN_DOWN(first) >= max_pfn || PFN_DOWN(last) < min_low_pfn)
		return false;
	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++)
		if (ram->start <= last && ram->end > first)
			return true;
	return false;
}

// Why [pa, last] cannot be mapped, or NULL.
static const char *why_not(u64 pa, u64 last, size_t size)
{
	if (size == 0)
		return "is empty";
	if (last < pa || last >= BIT_ULL(PHYS_BITS))
		return "is not addressable";
	return holds_ram(pa, last) ? "is RAM" : NULL;
}

static __noinline void refuse_ioremap(u64 pa, u64 size, const char *why, unsigned long caller)
{
	ioremap_mistakes++;
	pr_err("ioremap: [mem %#010llx, size %#llx] %s, called by %pS\n", pa, size, why,
	       (void *)caller);
}

// Most devices have one page of registers: its entry is written directly. (pt_map() would try large
// pages, and in debug builds check for missing flushes.)
static int map_frames(unsigned long va, phys_addr_t pa, unsigned long size, pgprot_t prot)
{
	pte_t *slot;

	if (CONFIG_DEBUG || size != PAGE_SIZE)
		return pt_map(kernel_root, va, pa, size, prot, page_table_alloc);
	slot = vm_slot(va);
	if (!slot)
		return -ENOMEM;
	pte_set(slot, pte_mk_leaf(pa, prot, PT_LEVELS - 1));
	return 0;
}

void __iomem *ioremap_caller(phys_addr_t pa, size_t size, pgprot_t prot, unsigned long caller)
{
	const unsigned long offset = pa & ~PAGE_MASK;
	const char *why = why_not(pa, (u64)pa + size - 1, size);
	struct vm_struct *vm;

	if (unlikely(why)) {
		refuse_ioremap(pa, size, why, caller);
		return NULL;
	}
	if (unlikely(size > VMALLOC_END - VMALLOC_START))
		size = VMALLOC_END - VMALLOC_START; // will be refused, but cannot overflow
	vm = get_vm_area_caller(offset + size, VM_IOREMAP, caller);
	if (!vm)
		return NULL;
	vm->phys_addr = pa;
	if (map_frames((unsigned long)vm->addr, pa - offset, get_vm_area_size(vm), prot) != 0) {
		free_vm_area(vm);
		return NULL;
	}
	return (__force void __iomem *)vm->addr + offset;
}

void __iomem *ioremap(phys_addr_t pa, size_t size)
{
	return ioremap_caller(pa, size, PAGE_KERNEL_IO, __RETURN_ADDRESS);
}

void __iomem *ioremap_wc(phys_addr_t pa, size_t size)
{
	return ioremap_caller(pa, size, PAGE_KERNEL | PT_WC, __RETURN_ADDRESS);
}

void __iomem *ioremap_cache(phys_addr_t pa, size_t size)
{
	return ioremap_caller(pa, size, PAGE_KERNEL, __RETURN_ADDRESS);
}

void iounmap(volatile void __iomem *addr)
{
	const void *start = (const void *)((__force unsigned long)addr & PAGE_MASK);
	struct vm_struct *vm;

	if (!addr)
		return;
	vm = claim_vm_area(start, VM_IOREMAP, "iounmap", __RETURN_ADDRESS);
	if (vm)
		free_vm_area(vm);
}
