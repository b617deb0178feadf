// SPDX-License-Identifier: MIT
// Names of the kernel's functions, linked into the kernel (tools/mksymbols).
#pragma once

#include <lib/types.h>

// The function that contains addr: name, offset in it, its size. False when addr is no kernel text.
bool symbol_lookup(unsigned long addr, const char **name, unsigned long *offset,
		   unsigned long *size);
