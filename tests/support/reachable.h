// SPDX-License-Identifier: MIT
// For tests of mappings.
#pragma once

#include <arch/trap.h>

// Whether a byte can be read there.
static inline bool reachable(const volatile void *p)
{
	u8 byte;

	return read_nofault_u8((unsigned long)p, &byte) == 0;
}
