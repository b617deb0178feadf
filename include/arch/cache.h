// SPDX-License-Identifier: MIT
// The contract for caches: what allocators must know about them.
#pragma once

#include <asm/cache.h>
// gives: L1_CACHE_BYTES, the size of a cache line, and ARCH_KMALLOC_MINALIGN, an object's minimum
// alignment: a device may write to it while the CPU writes to its neighbours.
