// SPDX-License-Identifier: MIT
// What vmalloc costs: an allocation and its free, page tables and TLB included. Beside it what kmalloc
// takes for a block of the same size, which has its addresses already (S202).

#include <kernel/bench.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

BENCH("vmalloc + vfree, 4 KiB", 100)
{
	vfree(vmalloc(4 * SZ_1K));
}

BENCH("vmalloc + vfree, 64 KiB", 100)
{
	vfree(vmalloc(64 * SZ_1K));
}

BENCH("vmalloc + vfree, 1 MiB", 10)
{
	vfree(vmalloc(SZ_1M));
}

BENCH("1 MiB kmalloc + kfree", 100)
{
	kfree(kmalloc(SZ_1M, GFP_KERNEL));
}
