// SPDX-License-Identifier: MIT
// DMA is coherent on a PC: the smallest kmalloc object is what alignment asks for.
#pragma once

#define ARCH_KMALLOC_MINALIGN 8
#define L1_CACHE_BYTES        64
