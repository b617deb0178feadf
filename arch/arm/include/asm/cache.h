// SPDX-License-Identifier: MIT
// ARM's caches are not coherent with DMA: a buffer that a device writes must not share a cache line with
// other data. So no kmalloc object is smaller than a line (Linux: ARCH_DMA_MINALIGN).
#pragma once

#define ARCH_KMALLOC_MINALIGN 64
#define L1_CACHE_BYTES        64
