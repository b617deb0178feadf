// SPDX-License-Identifier: MIT
// Memory that devices read and write by themselves: what each of them reaches, by which address on its
// bus, and which memory it has at the moment. Drivers call this by Linux's names: drivers/dma.h.
//
// A buffer belongs to the device from map to unmap; the CPU leaves it alone meanwhile. All devices here
// look into the CPU's caches, as PCI's do (CAVEATS.md).
// Linux: kernel/dma/direct.c; kernel/dma/debug.c for what debug builds note.
#pragma once

#include <kernel/spinlock.h>
#include <lib/list.h>
#include <mm/gfp.h>

// An address on a device's bus. It need not be what the CPU calls the same memory.
typedef u64 dma_addr_t;
#define DMA_MAPPING_ERROR (~(dma_addr_t)0)
#define DMA_BIT_MASK(n)   ((n) == 64 ? ~0ULL : BIT_ULL(n) - 1)

// Who writes the memory. Linux's values.
enum dma_data_direction { DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE, DMA_NONE };

// One device's view of memory. Locks: [d] lock, with interrupts masked
struct dma_reach {
	const char *name; // [I] for reports
	u64 mask;         // the address bits that the device drives; 0: it does no DMA
	s64 offset;       // [I] bus address = physical address + offset
	struct spinlock lock;
	unsigned long mapped;      // [d] mappings and coherent buffers that are out
	unsigned long unnoted;     // [d] of them, what no memory was left to note
	struct list_head mappings; // [d] debug builds: a note for each of them
};

// name lives as long as the reach. The device has 32 address bits until it says otherwise.
void dma_reach_init(struct dma_reach *reach, const char *name);

// 0, or -EIO: with this mask the device does not reach all of ZONE_DMA, so no allocation could be
// trusted; the old mask stays. Any context.
__must_check int dma_reach_set_mask(struct dma_reach *reach, u64 mask);

// Whether the device can address every byte of [pa, pa+size). Any context.
bool dma_reaches(const struct dma_reach *reach, phys_addr_t pa, u64 size);

// Hands memory to the device. ptr must lie in lowmem; of a page that need not be. site: the caller, for
// reports. Returns the bus address, or DMA_MAPPING_ERROR after one line that says why. Any context.
__must_check dma_addr_t dma_reach_map(struct dma_reach *reach, const void *ptr, size_t size,
				      enum dma_data_direction dir, unsigned long site);
__must_check dma_addr_t dma_reach_map_page(struct dma_reach *reach, struct page *page,
					   size_t offset, size_t size, enum dma_data_direction dir,
					   unsigned long site);
// Takes it back: same address, size and direction. Debug builds report what does not agree. Any context.
void dma_reach_unmap(struct dma_reach *reach, dma_addr_t addr, size_t size,
		     enum dma_data_direction dir, unsigned long site);

// Zeroed memory for both at once, for as long as it lives: whole pages, physically contiguous, at most
// 4 MB. Zones in gfp are ignored: the reach decides. *handle becomes the bus address. NULL: no memory
// that the device reaches, or size 0. Sleeps as gfp says.
__must_check void *dma_reach_alloc(struct dma_reach *reach, size_t size, dma_addr_t *handle,
				   gfp_t gfp, unsigned long site);
// NULL does nothing. Any context.
void dma_reach_free(struct dma_reach *reach, size_t size, void *cpu, dma_addr_t handle,
		    unsigned long site);

// Reports what the device still has, and who gave it (debug builds). Returns how much that is: a device
// that leaves has nothing. Any context.
unsigned long dma_reach_leaks(struct dma_reach *reach);

// Mistakes of callers, so far: refused mappings, wrong unmaps, leaks.
extern unsigned long dma_mistakes;
