// SPDX-License-Identifier: MIT
// Physical addresses that nobody has.

#include <lib/util.h>
#include <mm/resource.h>

#include "hole.h"

phys_addr_t hole(size_t size)
{
	phys_addr_t pa = ALIGN_DOWN((phys_addr_t)0xf8000000, size);

	while (!request_mem_region(pa, size, "test"))
		pa -= max(size, (size_t)SZ_4M);
	release_mem_region(pa, size);
	return pa;
}
