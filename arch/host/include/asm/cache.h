// SPDX-License-Identifier: MIT
// Nothing does DMA here: the smallest kmalloc object is what alignment asks for.
#pragma once

#define ARCH_KMALLOC_MINALIGN 8
#define L1_CACHE_BYTES        64
