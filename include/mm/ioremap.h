// SPDX-License-Identifier: MIT
// Maps device registers and device memory into the vmalloc range.
//
// Device addresses are not RAM: they have no struct page and no zone. ioremap() uses virtual address
// space in [VMALLOC_START, VMALLOC_END): whole pages, then a guard page. If the device fills only part
// of a page, the rest of that page is mapped too. May sleep, so not in interrupts. Access the result
// with the functions of arch/io.h.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>
#include <lib/types.h>

// Maps `size` bytes at pa, which need not be aligned, and returns the address of pa itself. Returns
// NULL and reports the range and the caller (counted in ioremap_mistakes) if size is 0, if the range
// overflows or exceeds what the page tables can address, or if it contains RAM. Also NULL when memory
// or address space runs out.
//   ioremap        registers: not cached, every access as it is written, in order
//   ioremap_wc     not cached, writes may be gathered: frame buffers
//   ioremap_cache  cached: memory on a device that is only read, such as a ROM
__must_check void __iomem *ioremap(phys_addr_t pa, size_t size);
__must_check void __iomem *ioremap_wc(phys_addr_t pa, size_t size);
__must_check void __iomem *ioremap_cache(phys_addr_t pa, size_t size);

// For wrappers: prot selects the kind; reports and /proc/vmallocinfo name `caller`.
__must_check void __iomem *ioremap_caller(phys_addr_t pa, size_t size, pgprot_t prot,
					  unsigned long caller);

// Unmaps; any address in the first page will do. NULL does nothing. An address that is not from
// ioremap(), or that is already unmapped, is reported with the caller (vmalloc_mistakes), and nothing
// changes. After the return, any access faults.
void iounmap(volatile void __iomem *addr);

// Reports so far.
extern unsigned long ioremap_mistakes;
