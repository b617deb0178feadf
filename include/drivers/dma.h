// SPDX-License-Identifier: MIT
// Memory for devices that read and write it by themselves, by Linux's names. What the words mean is in
// mm/dma.h; sizes are in bytes.
//
//   addr = dma_map_single(dev, buffer, size, DMA_TO_DEVICE);    the buffer is the device's
//   if (dma_mapping_error(dev, addr))                           it cannot have this memory
//           return -EIO;
//   (tell the device addr, wait for its interrupt)
//   dma_unmap_single(dev, addr, size, DMA_TO_DEVICE);           the buffer is the CPU's again
//
// Linux: include/linux/dma-mapping.h.
#pragma once

#include <abi/errno.h>
#include <drivers/device.h>
#include <mm/dma.h>

// The address bits that the device drives. 0, or -EIO: it does not reach all of ZONE_DMA; the old mask
// stays. 32 bits until called. Any context.
__must_check int dma_set_mask(struct device *dev, u64 mask);

// One piece of lowmem. DMA_MAPPING_ERROR, after a line that says why and who asked, for memory that the
// device does not reach or that is none for a device. Any context.
__must_check dma_addr_t dma_map_single(struct device *dev, const void *ptr, size_t size,
				       enum dma_data_direction dir);
void dma_unmap_single(struct device *dev, dma_addr_t addr, size_t size,
		      enum dma_data_direction dir);

// Part of a block of pages, of any zone. As above.
__must_check dma_addr_t dma_map_page(struct device *dev, struct page *page, size_t offset,
				     size_t size, enum dma_data_direction dir);
void dma_unmap_page(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir);

// 0 or -ENOMEM: whether a mapping failed. Every mapping must be asked.
__must_check static inline int dma_mapping_error(const struct device *dev, dma_addr_t addr)
{
	return addr == DMA_MAPPING_ERROR ? -ENOMEM : 0;
}

// Zeroed memory that device and CPU share for as long as it lives: its address for the CPU, and in
// *handle that for the device; NULL: no memory that the device reaches. Sleeps as gfp says.
__must_check void *dma_alloc_coherent(struct device *dev, size_t size, dma_addr_t *handle,
				      gfp_t gfp);
void dma_free_coherent(struct device *dev, size_t size, void *cpu, dma_addr_t handle);

// The same, given back when the driver leaves the device, or before by dmam_free_coherent().
__must_check void *dmam_alloc_coherent(struct device *dev, size_t size, dma_addr_t *handle,
				       gfp_t gfp);
void dmam_free_coherent(struct device *dev, size_t size, void *cpu, dma_addr_t handle);
