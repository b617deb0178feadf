// SPDX-License-Identifier: MIT
// DMA: memory that devices read and write themselves, with Linux's names. mm/dma.h explains the terms;
// sizes are in bytes.
//
//   addr = dma_map_single(dev, buffer, size, DMA_TO_DEVICE);    now only the device uses the buffer
//   if (dma_mapping_error(dev, addr))                           the device cannot reach it
//           return -EIO;
//   (pass addr to the device, wait for its interrupt)
//   dma_unmap_single(dev, addr, size, DMA_TO_DEVICE);           the CPU may use it again
//
// Linux: include/linux/dma-mapping.h.
#pragma once

#include <abi/errno.h>
#include <drivers/device.h>
#include <mm/dma.h>

// Sets the address bits that the device can use; the default is 32 bits. Returns 0, or -EIO: it does not
// reach all of ZONE_DMA; the old mask stays. Any context.
__must_check int dma_set_mask(struct device *dev, u64 mask);

// Maps a buffer in lowmem. Returns DMA_MAPPING_ERROR, after a message with the reason and the caller, if
// the device cannot reach the memory or it must not be used for DMA. Any context.
__must_check dma_addr_t dma_map_single(struct device *dev, const void *ptr, size_t size,
				       enum dma_data_direction dir);
void dma_unmap_single(struct device *dev, dma_addr_t addr, size_t size,
		      enum dma_data_direction dir);

// The same for part of a block of pages, in any zone.
__must_check dma_addr_t dma_map_page(struct device *dev, struct page *page, size_t offset,
				     size_t size, enum dma_data_direction dir);
void dma_unmap_page(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir);

// Whether a mapping failed: 0 or -ENOMEM. Check every mapping.
__must_check static inline int dma_mapping_error(const struct device *dev, dma_addr_t addr)
{
	return addr == DMA_MAPPING_ERROR ? -ENOMEM : 0;
}

// Allocates zeroed memory that device and CPU share. Returns the CPU's address, and the device's in
// *handle; NULL: no memory that the device can reach. Sleeps as gfp allows.
__must_check void *dma_alloc_coherent(struct device *dev, size_t size, dma_addr_t *handle,
				      gfp_t gfp);
void dma_free_coherent(struct device *dev, size_t size, void *cpu, dma_addr_t handle);

// The same, managed: freed when the driver is unbound, or earlier by dmam_free_coherent().
__must_check void *dmam_alloc_coherent(struct device *dev, size_t size, dma_addr_t *handle,
				       gfp_t gfp);
void dmam_free_coherent(struct device *dev, size_t size, void *cpu, dma_addr_t handle);
