// SPDX-License-Identifier: MIT
// DMA: which memory each device reaches, at which bus address, and which memory is mapped for it now.
// Drivers use Linux's names for these functions: drivers/dma.h.
//
// From map to unmap a buffer belongs to the device, and the CPU must not touch it. Every device here is
// cache coherent, as PCI devices are (CAVEATS.md).
// Linux: kernel/dma/direct.c; kernel/dma/debug.c for the debug builds' notes.
#pragma once

#include <kernel/spinlock.h>
#include <lib/list.h>
#include <mm/gfp.h>

// An address on a device's bus. It may differ from the physical address.
typedef u64 dma_addr_t;
#define DMA_MAPPING_ERROR (~(dma_addr_t)0)
#define DMA_BIT_MASK(n)   ((n) == 64 ? ~0ULL : BIT_ULL(n) - 1)

// The direction of the transfer. Linux's values.
enum dma_data_direction { DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE, DMA_NONE };

// One device's view of memory. Locks: [d] lock, with interrupts masked
struct dma_reach {
	const char *name; // [I] for reports
	u64 mask;         // the address bits that the device drives; 0: no DMA
	s64 offset;       // [I] bus address = physical address + offset
	struct spinlock lock;
	unsigned long mapped;      // [d] mappings and coherent buffers now
	unsigned long unnoted;     // [d] of these, how many have no note (out of memory)
	struct list_head mappings; // [d] debug builds: a note for each
};

// name must live as long as the reach. The mask starts as 32 bits.
void dma_reach_init(struct dma_reach *reach, const char *name);

// Returns 0, or -EIO if the mask does not cover all of ZONE_DMA, since no allocation could then be
// relied on; the old mask stays. Any context.
__must_check int dma_reach_set_mask(struct dma_reach *reach, u64 mask);

// Whether the device can address every byte of [pa, pa+size). Any context.
bool dma_reaches(const struct dma_reach *reach, phys_addr_t pa, u64 size);

// Maps memory for the device. ptr must be in lowmem; a page may be in any zone. site: the caller, for
// reports. Returns the bus address, or DMA_MAPPING_ERROR after a one-line report. Any context.
__must_check dma_addr_t dma_reach_map(struct dma_reach *reach, const void *ptr, size_t size,
				      enum dma_data_direction dir, unsigned long site);
__must_check dma_addr_t dma_reach_map_page(struct dma_reach *reach, struct page *page,
					   size_t offset, size_t size, enum dma_data_direction dir,
					   unsigned long site);
// Unmaps: same address, size and direction. Debug builds report a mismatch. Any context.
void dma_reach_unmap(struct dma_reach *reach, dma_addr_t addr, size_t size,
		     enum dma_data_direction dir, unsigned long site);

// Allocates zeroed memory that the CPU and the device may use at the same time: whole pages, physically
// contiguous, at most 4 MB. Zone flags in gfp are ignored; the mask decides. *handle receives the bus
// address. Returns NULL when size is 0 or no memory is in reach of the device. May sleep if gfp allows
// it.
__must_check void *dma_reach_alloc(struct dma_reach *reach, size_t size, dma_addr_t *handle,
				   gfp_t gfp, unsigned long site);
// NULL does nothing. Any context.
void dma_reach_free(struct dma_reach *reach, size_t size, void *cpu, dma_addr_t handle,
		    unsigned long site);

// Reports each mapping that the device still has (with its call site in debug builds). Returns their
// number, which must be 0 when a device is removed. Any context.
unsigned long dma_reach_leaks(struct dma_reach *reach);

// Wrong calls so far: refused mappings, wrong unmaps, leaks.
extern unsigned long dma_mistakes;
