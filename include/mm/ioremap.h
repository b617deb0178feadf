// SPDX-License-Identifier: MIT
// Registers and memory of devices, mapped into the vmalloc range.
//
// Physical addresses are what they are: no RAM, no struct page, no zone. What ioremap() takes is address
// space, [VMALLOC_START, VMALLOC_END), whole pages and a guard page behind them; what a page holds
// beside the device is mapped with it.
// Not in interrupts: may sleep. The result is for the functions of arch/io.h.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>
#include <lib/types.h>

// Maps `size` bytes at pa, which need not be aligned: the address of pa itself. NULL, and a report
// that names the range and the caller (counted in ioremap_mistakes): size is 0, the range overflows or
// goes beyond what the page tables can address, or RAM is part of it. NULL also without memory or
// address space, which is reported once.
//   ioremap        registers: not cached, every access as it is written, in order
//   ioremap_wc     not cached, writes may be gathered: frame buffers
//   ioremap_cache  cached: memory on a device that is only read, such as a ROM
__must_check void __iomem *ioremap(phys_addr_t pa, size_t size);
__must_check void __iomem *ioremap_wc(phys_addr_t pa, size_t size);
__must_check void __iomem *ioremap_cache(phys_addr_t pa, size_t size);

// For wrappers: prot says which of these, caller whom reports and /proc/vmallocinfo name.
__must_check void __iomem *ioremap_caller(phys_addr_t pa, size_t size, pgprot_t prot,
					  unsigned long caller);

// Takes the mapping away; any address in the first page will do. NULL is fine. An address that no
// ioremap() gave, or that was unmapped already, is reported with the caller (vmalloc_mistakes), and
// nothing happens. After it has returned any access faults.
void iounmap(volatile void __iomem *addr);

// Reports so far.
extern unsigned long ioremap_mistakes;
