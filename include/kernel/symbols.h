// SPDX-License-Identifier: MIT
// Names of the kernel's functions, linked into the kernel (tools/mksymbols).
#pragma once

#include <lib/types.h>

// Finds the function that contains addr: its name, the offset in it, its size. False: addr is not in the
// kernel's code. Any context.
bool symbol_lookup(unsigned long addr, const char **name, unsigned long *offset,
		   unsigned long *size);
