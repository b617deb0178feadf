// SPDX-License-Identifier: MIT
// What debug builds remember of each mapping for a device. For mm/device/dma.c alone.
#pragma once

#include <mm/dma.h>

enum dma_kind { DMA_KIND_STREAMING, DMA_KIND_COHERENT };

struct dma_note {
	struct list_head entry;
	dma_addr_t addr;
	size_t size;
	enum dma_kind kind;
	enum dma_data_direction dir;
	unsigned long site; // who mapped it
};

// Counts a mapping, and notes it in debug builds. Any context.
void dma_note(struct dma_reach *reach, const struct dma_note *what);

// Forgets it again. False after a report: there is no such mapping, or it differs; then nothing changes.
bool dma_forget(struct dma_reach *reach, const struct dma_note *what);
