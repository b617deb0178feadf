// SPDX-License-Identifier: MIT
// The PCI bus of a PC: configuration space through ports, windows where there is no RAM, interrupts as
// the firmware has routed them to the i8259.
//
// Linux: arch/x86/pci/direct.c, irq.c; it gets the windows from ACPI.

#include <abi/errno.h>
#include <drivers/irqchip/i8259.h>
#include <drivers/misc/edu.h>
#include <drivers/pci_config.h>
#include <kernel/bootinfo.h>
#include <kernel/machine.h>
#include <kernel/printk.h>
#include <lib/util.h>
#include <mm/resource.h>

#define WINDOW_END   0xfec00000U // I/O APICs and firmware follow
#define WINDOW_ALIGN SZ_1M
#define PORTS_FIRST  0x0d00 // lower ports belong to the mainboard
#define PORTS        0xf300
#define LINE_NONE    0xff

static struct pci_host pc_pci = {
	.name = "PCI Bus 0000:00",
	.read = pci_conf1_read,
	.write = pci_conf1_write,
};

// The first address in [at, WINDOW_END) that is not reserved; *end: the start of the next reservation.
static u64 gap_from(u64 at, u64 *end)
{
	bool moved = true;

	while (moved) {
		moved = false;
		*end = WINDOW_END;
		for (int i = 0; i < bootinfo.reserved_count; i++) {
			const u64 first = bootinfo.reserved[i].start;
			const u64 behind = range_end(first, bootinfo.reserved[i].size);

			if (first <= at && at < behind && at < WINDOW_END) {
				at = behind;
				moved = true;
			} else if (first > at) {
				*end = min(*end, first);
			}
		}
	}
	return at;
}

// Finds the largest part of the hole that firmware has not reserved, for BARs without an address.
static void find_pci_hole(struct pci_window *window, u64 hole)
{
	u64 most = 0, end;

	for (u64 at = hole; at < WINDOW_END; at = end) {
		u64 start = ALIGN(gap_from(at, &end), (u64)WINDOW_ALIGN);

		if (start >= end || end - start <= most)
			continue;
		most = end - start;
		window->room_start = (resource_size_t)start;
		window->room_end = (resource_size_t)(end - 1);
	}
}

// The end of RAM below the hole. Partial pages do not count, as in memblock.
static u64 ram_end_below_hole(void)
{
	u64 end = 0;

	for (int i = 0; i < bootinfo.ram_count; i++)
		if (bootinfo.ram[i].start < WINDOW_END)
			end = max(end, range_end(bootinfo.ram[i].start, bootinfo.ram[i].size));
	return ALIGN_DOWN(end, (u64)PAGE_SIZE);
}

// The end of the ranges that firmware has reserved directly above RAM: ranges that touch RAM's end, or
// each other. If they reach WINDOW_END, returns the end of RAM: such a range is not reserved RAM.
static u64 after_reserved(u64 ram)
{
	u64 start = ram, before;

	do {
		before = start;
		for (int i = 0; i < bootinfo.reserved_count; i++) {
			const u64 first = ALIGN_DOWN(bootinfo.reserved[i].start, (u64)PAGE_SIZE);
			const u64 end =
				range_end(bootinfo.reserved[i].start, bootinfo.reserved[i].size);

			if (first <= start && start < end)
				start = end;
		}
	} while (start != before && start < WINDOW_END);
	return start < WINDOW_END ? ALIGN(start, (u64)PAGE_SIZE) : ram;
}

// The chipset forwards addresses that are not RAM to the bus, up to WINDOW_END or the end of the
// reservations there. The window includes reserved ranges, because firmware also reserves devices: BARs
// there keep their addresses.
static void find_windows(void)
{
	const u64 start = after_reserved(ram_end_below_hole()), most = (u64)iomem_resource.end + 1;
	u64 end = WINDOW_END;

	for (int i = 0; i < bootinfo.reserved_count; i++) {
		const u64 first = bootinfo.reserved[i].start;

		if (first >= start && first < WINDOW_END)
			end = max(end, range_end(first, bootinfo.reserved[i].size));
	}
	pc_pci.io.bus = PORTS_FIRST;
	pc_pci.io.res = (struct resource)DEFINE_RES_IO(PORTS_FIRST, PORTS);
	pc_pci.mem.res.name = pc_pci.io.res.name = pc_pci.name;
	end = ALIGN(min(end, most), (u64)PAGE_SIZE);
	if (start >= WINDOW_END)
		return; // no room for a memory window: devices have only ports
	pc_pci.mem.bus = start;
	pc_pci.mem.res.start = (resource_size_t)start;
	pc_pci.mem.res.end = (resource_size_t)(end - 1);
	pc_pci.mem.res.flags = IORESOURCE_MEM;
	find_pci_hole(&pc_pci.mem, start);
}

// Firmware writes the i8259's input to a register of the device. PCI's interrupts are level triggered.
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
