// SPDX-License-Identifier: MIT
// DMA is coherent on a PC, so kmalloc objects need no more than the alignment of C's types.
#pragma once

#define ARCH_KMALLOC_MINALIGN 8
#define L1_CACHE_BYTES        64
