// SPDX-License-Identifier: MIT
// The contract for caches: what allocators must know of the CPU's.
#pragma once

#include <asm/cache.h>
// gives: L1_CACHE_BYTES, the size of a cache line, and ARCH_KMALLOC_MINALIGN, what an object must be
// aligned to so that a device can write to it while the CPU writes to its neighbours.
