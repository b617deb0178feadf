// SPDX-License-Identifier: MIT
// The linear map: lowmem at PAGE_OFFSET, in large pages where alignment and rights allow.
//
// Owns: the rights of lowmem outside the kernel's image.
// Linux: map_lowmem() in arch/arm/mm/mmu.c, init_mem_mapping() on x86; arch/x86/mm/pat/set_memory.c.
// Linux has no set_memory_ro() for the linear map of 32-bit ARM.

#include <abi/errno.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sections.h>
#include <mm/addr.h>
#include <mm/kernel_map.h>
#include <mm/memblock.h>
#include <mm/page.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>
#include <mm/set_memory.h>
#include <mm/tlb.h>

// Maps the part of [start, end) that is in [lo, hi).
static void map_part(phys_addr_t start, phys_addr_t end, phys_addr_t lo, phys_addr_t hi)
{
	int err;

	start = max(start, lo);
	end = min(end, hi);
	if (start >= end)
		return;
	err = pt_map(kernel_root, (unsigned long)__va((unsigned long)start), start, end - start,
		     PAGE_KERNEL, early_pt_alloc);
	if (err)
		panic("paging_init: cannot map lowmem [mem %#010llx-%#010llx]: error %d",
		      (u64)start, (u64)end - 1, err);
	memblock_set_current_limit(end);
}

void paging_init(void)
{
	const phys_addr_t image = __pa(_start), image_end = __pa(_end);
	const phys_addr_t lowmem_end = memblock_lowmem_end();
	const struct memblock_range *ram;

	for (int i = 0; (ram = memblock_ram(i)) != NULL; i++) {
		map_part(ram->start, ram->end, PHYS_OFFSET, image);
		map_part(ram->start, ram->end, image_end, lowmem_end);
	}
	// Every root will point to these tables (mm/pgd.h), so that later mappings appear under every
	// root.
	if (pt_make_tables(kernel_root, KASAN_SHADOW_END, ~0UL, early_pt_alloc) != 0)
		panic("paging_init: no memory for the page tables behind lowmem");
	flush_tlb_all();
}

// ---- Rights --------------------------------------------------------------------------------------

unsigned long set_memory_mistakes;

// kernel_root does not point to the table any more, but other roots may.
static void free_table(phys_addr_t table, size_t size)
{
	if (pgd_sync_kernel() > 0)
		flush_tlb_all();
	page_table_free(table, size);
}

static bool linear_range_ok(unsigned long addr, unsigned long size)
{
	const unsigned long last = addr + size - 1;

	return IS_ALIGNED(addr, PAGE_SIZE) && size > 0 && last > addr &&
	       virt_addr_valid((void *)last) && memblock_is_ram(__pa(addr), size) &&
	       (last < (unsigned long)_start || addr >= (unsigned long)_end);
}

// Whether this entry's table is from page_table_alloc(). Start-up's tables are in reserved pages; in a
// fully reserved block the struct pages are not filled in.
static bool is_ours(const pte_t *slot)
{
	const struct page *page = virt_to_page(slot);

	return page_initialised(page_to_pfn(page)) && !PageReserved(page);
}

// Merges single pages back into large ones where all rights are equal again. Start-up's tables stay:
// they cover the border of a RAM range or of the image.
static void merge(unsigned long addr, unsigned long size, struct tlb_gather *gather)
{
	const unsigned long large = pt_span(PT_LEVELS - 2);

	for (u64 va = ALIGN_DOWN(addr, large); va < (u64)addr + size; va += large) {
		const pte_t *slot = pt_slot(kernel_root, (unsigned long)va, NULL);

		if (slot && is_ours(slot))
			pt_merge(kernel_root, (unsigned long)va, free_table, gather);
	}
}

static int change(unsigned long addr, int numpages, pgprot_t prot, const char *function,
		  unsigned long caller)
{
	const unsigned long size = (unsigned long)numpages << PAGE_SHIFT;
	struct tlb_gather gather;
	int err;

	if (numpages <= 0 || numpages > LOWMEM_MAX_SIZE >> PAGE_SHIFT ||
	    !linear_range_ok(addr, size)) {
		set_memory_mistakes++;
		pr_err("BUG: %s(%08lx, %d) by %pS: no pages of lowmem beside the kernel\n",
		       function, addr, numpages, (void *)caller);
		dump_stack(NULL);
		return -EINVAL;
	}
	tlb_gather_init(&gather);
	gather.caller = caller;
	err = pt_protect(kernel_root, addr, size, prot, page_table_alloc, &gather);
	pgd_sync_kernel();
	tlb_gather_flush(&gather);
	merge(addr, size, &gather);
	return err;
}

int set_memory_ro(unsigned long addr, int numpages)
{
	return change(addr, numpages, PAGE_KERNEL_RO, __func__, __RETURN_ADDRESS);
}

int set_memory_rw(unsigned long addr, int numpages)
{
	return change(addr, numpages, PAGE_KERNEL, __func__, __RETURN_ADDRESS);
}
