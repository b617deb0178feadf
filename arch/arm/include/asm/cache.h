// SPDX-License-Identifier: MIT
// ARM's caches do not follow DMA: what a device writes shares no cache line with anything else, so
// no kmalloc object is smaller than a line (Linux: ARCH_DMA_MINALIGN).
#pragma once

#define ARCH_KMALLOC_MINALIGN 64
#define L1_CACHE_BYTES        64
