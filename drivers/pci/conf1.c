// SPDX-License-Identifier: MIT
// Configuration space through two ports: "configuration mechanism 1" of a PC.
//
// Rules: masks interrupts between the accesses to the address and the data port. Uses no lock: a panic
// could find it held, and may need PCI to switch the power off.
// Manual: PCI Local Bus Specification 3.0, 3.2.2.3.2.
// Linux: arch/x86/pci/direct.c.

#include <arch/cpu.h>
#include <arch/io.h>
#include <drivers/pci_config.h>

#define CONFIG_ADDRESS PCI_CONF1_PORT
#define CONFIG_DATA    (PCI_CONF1_PORT + 4)
#define CONFIG_ENABLE  0x80000000U

static void select_register(unsigned int devfn, unsigned int where)
{
	outl(CONFIG_ENABLE | devfn << 8 | (where & ~3U), CONFIG_ADDRESS);
}

u32 pci_conf1_read(const struct pci_host *host, unsigned int devfn, unsigned int where, int size)
{
	const unsigned long flags = local_irq_save();
	const u16 port = (u16)(CONFIG_DATA + (where & 3));
	u32 value;

	select_register(devfn, where);
	value = size == 1 ? inb(port) : size == 2 ? inw(port) : inl(port);
	local_irq_restore(flags);
	return value;
}

void pci_conf1_write(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		     u32 value)
{
	const unsigned long flags = local_irq_save();
	const u16 port = (u16)(CONFIG_DATA + (where & 3));

	select_register(devfn, where);
	if (size == 1)
		outb((u8)value, port);
	else if (size == 2)
		outw((u16)value, port);
	else
		outl(value, port);
	local_irq_restore(flags);
}

bool pci_conf1_present(void)
{
	const unsigned long flags = local_irq_save();
	const u32 before = inl(CONFIG_ADDRESS);
	bool present;

	outl(CONFIG_ENABLE, CONFIG_ADDRESS);
	present = inl(CONFIG_ADDRESS) == CONFIG_ENABLE;
	outl(before, CONFIG_ADDRESS);
	local_irq_restore(flags);
	return present;
}
