// SPDX-License-Identifier: MIT
// Configuration space as memory: bus, slot, function and register are bits of the address.
//
// Manual: PCI Express Base Specification 3.0, 7.2.2.
// Linux: drivers/pci/ecam.c.

#include <arch/io.h>
#include <drivers/pci_config.h>

#define FUNCTION_SHIFT 12

static void __iomem *reg(const struct pci_host *host, unsigned int devfn, unsigned int where)
{
	return (void __iomem *)host->data + (devfn << FUNCTION_SHIFT) + where;
}

u32 pci_ecam_read(const struct pci_host *host, unsigned int devfn, unsigned int where, int size)
{
	void __iomem *addr = reg(host, devfn, where);

	return size == 1 ? readb(addr) : size == 2 ? readw(addr) : readl(addr);
}

void pci_ecam_write(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		    u32 value)
{
	void __iomem *addr = reg(host, devfn, where);

	if (size == 1)
		writeb((u8)value, addr);
	else if (size == 2)
		writew((u16)value, addr);
	else
		writel(value, addr);
}
