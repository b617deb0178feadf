// SPDX-License-Identifier: MIT
// Converts between physical addresses and their addresses in the linear map.
//
// pv_offset is PHYS_OFFSET - PAGE_OFFSET. While the MMU is off it is 0, so __va() and __pa() return
// their argument: the same page-table walker runs with the MMU on and off (boot/early.c).
#pragma once

#include <arch/layout.h>
#include <lib/types.h>

extern unsigned long pv_offset;

#define PHYS_OFFSET ((phys_addr_t)(unsigned long)(PAGE_OFFSET + pv_offset))

// Only for linear-map addresses (lowmem); the result is wrong for any other.
#define __pa(va) ((phys_addr_t)((unsigned long)(va) + pv_offset))
// Only for physical addresses in lowmem.
#define __va(pa) ((void *)((unsigned long)(pa)-pv_offset))

// The same, checked in debug builds (Linux: CONFIG_DEBUG_VIRTUAL). An address outside the linear map of
// RAM is reported with its area and the caller; the result is then PHYS_ADDR_NONE or NULL. Any context.
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

// Reports by both, so far.
extern unsigned long addr_mistakes;

// A pfn_t is too small for some 64-bit addresses. For these the result is PFN_BEYOND, which is never
// RAM (MEMBLOCK_END). PFN_UP: the first frame at or above pa.
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

// The frame's address must fit into a phys_addr_t; for RAM it always does.
#define PFN_PHYS(n) ((phys_addr_t)(n) << PAGE_SHIFT)
