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

#define phys_to_virt(pa) __va(pa)
#define virt_to_phys(va) __pa(va)

#define PFN_DOWN(pa) ((pfn_t)((pa) >> PAGE_SHIFT))
#define PFN_UP(pa)   ((pfn_t)(((pa) + PAGE_SIZE - 1) >> PAGE_SHIFT))
#define PFN_PHYS(n)  ((phys_addr_t)(n) << PAGE_SHIFT)
