// SPDX-License-Identifier: MIT
// Between a physical address and its place in the linear map.
//
// pv_offset is PHYS_OFFSET - PAGE_OFFSET. It is 0 while the MMU is off, so that __va() and __pa()
// are the identity there and one page-table walker serves both worlds (boot/early.c).
#pragma once

#include <arch/layout.h>
#include <lib/types.h>

extern unsigned long pv_offset;

#define PHYS_OFFSET ((phys_addr_t)(unsigned long)(PAGE_OFFSET + pv_offset))

// Only for linear-map addresses (lowmem); anything else gives a wrong number.
#define __pa(va) ((phys_addr_t)((unsigned long)(va) + pv_offset))
// Only for physical addresses in lowmem.
#define __va(pa) ((void *)((unsigned long)(pa)-pv_offset))

// The same with a check in debug builds (Linux: CONFIG_DEBUG_VIRTUAL): an address that does not lie in
// the linear map of RAM is reported, with its area and the caller, and what comes back is an address
// that nothing has. Any context.
#define PHYS_ADDR_NONE (~(phys_addr_t)0)
phys_addr_t virt_to_phys_checked(const volatile void *va);
void *phys_to_virt_checked(phys_addr_t pa);

static inline phys_addr_t virt_to_phys(const volatile void *va)
{
	return CONFIG_DEBUG ? virt_to_phys_checked(va) : __pa(va);
}

static inline void *phys_to_virt(phys_addr_t pa)
{
	return CONFIG_DEBUG ? phys_to_virt_checked(pa) : __va((unsigned long)pa);
}

// Reports of either, so far.
extern unsigned long addr_mistakes;

#define PFN_DOWN(pa) ((pfn_t)((pa) >> PAGE_SHIFT))
#define PFN_UP(pa)   ((pfn_t)(((pa) + PAGE_SIZE - 1) >> PAGE_SHIFT))
#define PFN_PHYS(n)  ((phys_addr_t)(n) << PAGE_SHIFT)
