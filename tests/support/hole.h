// SPDX-License-Identifier: MIT
// For tests that need physical addresses and touch nothing there.
#pragma once

#include <lib/types.h>

// Where so many bytes, a power of two, are no RAM and nobody has claimed any of them; aligned to their size.
phys_addr_t hole(size_t size);
