// SPDX-License-Identifier: MIT
// virt_to_phys() and phys_to_virt() with a check that the address is in the linear map.
//
// Linux: arch/x86/mm/physaddr.c, arch/arm/mm/physaddr.c (CONFIG_DEBUG_VIRTUAL).

#include <kernel/oops.h>
#include <kernel/printk.h>
#include <mm/addr.h>
#include <mm/layout.h>
#include <mm/page.h>

unsigned long addr_mistakes;

phys_addr_t virt_to_phys_checked(const volatile void *va)
{
	if (virt_addr_valid((const void *)va))
		return __pa(va);
	addr_mistakes++;
	pr_err("BUG: virt_to_phys(%08lx): no linear address, but %s\n", (unsigned long)va,
	       address_area((unsigned long)va));
	dump_stack(NULL);
	return PHYS_ADDR_NONE;
}

void *phys_to_virt_checked(phys_addr_t pa)
{
	if (pa >= PHYS_OFFSET && PFN_DOWN(pa) < max_low_pfn && pfn_valid(PFN_DOWN(pa)))
		return __va((unsigned long)pa);
	addr_mistakes++;
	pr_err("BUG: phys_to_virt(%#llx): no RAM with a linear address\n", (u64)pa);
	dump_stack(NULL);
	return NULL;
}
