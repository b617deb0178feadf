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

// The number of a frame has fewer bits than an address of 64 bits may have: beyond what it can say lies
// PFN_BEYOND, which is no RAM's (MEMBLOCK_END). _UP: the first frame at or above pa.
#define PFN_BEYOND (~(pfn_t)0)

static inline pfn_t PFN_DOWN(u64 pa)
{
	const u64 pfn = pa >> PAGE_SHIFT;

	return pfn < PFN_BEYOND ? (pfn_t)pfn : PFN_BEYOND;
}

static inline pfn_t PFN_UP(u64 pa)
{
	const pfn_t pfn = PFN_DOWN(pa);

	return (pa & (PAGE_SIZE - 1)) && pfn != PFN_BEYOND ? pfn + 1 : pfn;
}

// Of a frame that has an address: one of RAM always has.
#define PFN_PHYS(n) ((phys_addr_t)(n) << PAGE_SHIFT)
