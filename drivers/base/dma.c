// SPDX-License-Identifier: MIT
// Linux's DMA functions: pass the device's reachable memory, and the caller, to mm/device/dma.c.
//
// Linux: kernel/dma/mapping.c.

#include <drivers/dma.h>
#include <kernel/printk.h>

int dma_set_mask(struct device *dev, u64 mask)
{
	return dma_reach_set_mask(&dev->dma, mask);
}

dma_addr_t dma_map_single(struct device *dev, const void *ptr, size_t size,
			  enum dma_data_direction dir)
{
	return dma_reach_map(&dev->dma, ptr, size, dir, __RETURN_ADDRESS);
}

void dma_unmap_single(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir)
{
	dma_reach_unmap(&dev->dma, addr, size, dir, __RETURN_ADDRESS);
}

dma_addr_t dma_map_page(struct device *dev, struct page *page, size_t offset, size_t size,
			enum dma_data_direction dir)
{
	return dma_reach_map_page(&dev->dma, page, offset, size, dir, __RETURN_ADDRESS);
}

void dma_unmap_page(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir)
{
	dma_reach_unmap(&dev->dma, addr, size, dir, __RETURN_ADDRESS);
}

void *dma_alloc_coherent(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp)
{
	return dma_reach_alloc(&dev->dma, size, handle, gfp, __RETURN_ADDRESS);
}

void dma_free_coherent(struct device *dev, size_t size, void *cpu, dma_addr_t handle)
{
	dma_reach_free(&dev->dma, size, cpu, handle, __RETURN_ADDRESS);
}

// ---- Managed ------------------------------------------------------------------------------------

struct coherent {
	size_t size;
	void *cpu;
	dma_addr_t handle;
	unsigned long site; // the code that allocated it
};

static void coherent_release(struct device *dev, void *res)
{
	const struct coherent *buffer = res;

	dma_reach_free(&dev->dma, buffer->size, buffer->cpu, buffer->handle, buffer->site);
}

static bool coherent_match(struct device *dev, void *res, const void *data)
{
	const struct coherent *a = res, *b = data;

	return a->cpu == b->cpu && a->size == b->size && a->handle == b->handle;
}

void *dmam_alloc_coherent(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp)
{
	struct coherent *buffer = devres_alloc(coherent_release, sizeof(*buffer), gfp);

	if (!buffer)
		return NULL;
	buffer->size = size;
	buffer->site = __RETURN_ADDRESS;
	buffer->cpu = dma_reach_alloc(&dev->dma, size, &buffer->handle, gfp, buffer->site);
	if (!buffer->cpu) {
		devres_free(buffer);
		return NULL;
	}
	*handle = buffer->handle;
	devres_add(dev, buffer);
	return buffer->cpu;
}

void dmam_free_coherent(struct device *dev, size_t size, void *cpu, dma_addr_t handle)
{
	const struct coherent wanted = { .size = size, .cpu = cpu, .handle = handle };

	if (devres_release(dev, coherent_release, coherent_match, &wanted) == 0)
		return;
	devres_mistakes++;
	dev_err(dev, "dmam_free_coherent(%px, %zu) by %pS: no such buffer\n", cpu, size,
		(void *)__RETURN_ADDRESS);
}
