// SPDX-License-Identifier: MIT
// The PCI bus of a PC: configuration space by ports, windows where there is no RAM, interrupts as
// firmware has routed them to the i8259.
//
// Linux: arch/x86/pci/direct.c, irq.c; ACPI tells the windows there.

#include <abi/errno.h>
#include <drivers/irqchip/i8259.h>
#include <drivers/misc/edu.h>
#include <drivers/pci_config.h>
#include <kernel/bootinfo.h>
#include <kernel/machine.h>
#include <kernel/printk.h>
#include <lib/util.h>

#define WINDOW_END   0xfec00000U // I/O APICs and firmware from here on
#define WINDOW_ALIGN SZ_1M
#define PORTS_FIRST  0x0d00 // below: devices of the mainboard
#define PORTS        0xf300
#define LINE_NONE    0xff

static struct pci_host pc_pci = {
	.name = "PCI Bus 0000:00",
	.read = pci_conf1_read,
	.write = pci_conf1_write,
};

static u64 highest_end(const struct boot_range *ranges, int count, u64 highest)
{
	for (int i = 0; i < count; i++) {
		const u64 end = ranges[i].start + ranges[i].size;

		if (end <= WINDOW_END)
			highest = max(highest, end);
	}
	return highest;
}

// What the chipset does not take for RAM goes to the bus.
static void find_windows(void)
{
	u64 start = highest_end(bootinfo.ram, bootinfo.ram_count, 0);

	start = ALIGN(highest_end(bootinfo.reserved, bootinfo.reserved_count, start),
		      (u64)WINDOW_ALIGN);
	pc_pci.mem.bus = start;
	pc_pci.mem.res = (struct resource)DEFINE_RES_MEM((resource_size_t)start,
							 (resource_size_t)(WINDOW_END - start));
	pc_pci.io.bus = PORTS_FIRST;
	pc_pci.io.res = (struct resource)DEFINE_RES_IO(PORTS_FIRST, PORTS);
	pc_pci.mem.res.name = pc_pci.io.res.name = pc_pci.name;
}

// Firmware notes the i8259's input in a register of the device. PCI's pins are levels.
static int map_irq(const struct pci_host *host, const struct pci_dev *pdev)
{
	const u8 line = pci_read_config_byte(pdev, PCI_INTERRUPT_LINE);

	if (line == LINE_NONE || line == 0)
		return -ENOENT;
	return i8259_set_level(line) == 0 ? line : -EINVAL;
}

void machine_init_pci(void)
{
	int count;

	if (!pci_conf1_present())
		return;
	if (!request_region(PCI_CONF1_PORT, PCI_CONF1_PORTS, "PCI conf1")) {
		pr_err("pci: the ports of configuration space are taken\n");
		return;
	}
	find_windows();
	pc_pci.map_irq = map_irq;
	count = pci_host_register(&pc_pci);
	if (count < 0) {
		pr_err("pci: no bus, error %d\n", count);
		return;
	}
	pr_info("pci: devices on bus 0000:00: %d\n", count);
	pci_register_driver(&edu_driver);
}
