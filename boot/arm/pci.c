// SPDX-License-Identifier: MIT
// The PCI bus of an ARM board, as its device tree describes it: configuration space as memory, the
// windows to the bus, and the interrupts of its pins.
//
// Binding: pci-host-ecam-generic; PCI Bus Binding to IEEE 1275, 2.2.1 (three cells for an address);
// Devicetree Specification v0.4, 2.4.3 (interrupt-map).
// Linux: drivers/pci/controller/pci-host-generic.c, drivers/pci/of.c.

#include <abi/errno.h>
#include <boot/arm/interrupts.h>
#include <drivers/irqchip/gicv2.h>
#include <drivers/misc/edu.h>
#include <drivers/pci_config.h>
#include <kernel/bootinfo.h>
#include <kernel/machine.h>
#include <kernel/printk.h>
#include <lib/fdt.h>
#include <mm/ioremap.h>

#define PCI_CELLS  3 // an address on the bus: kind and device, high, low
#define SIZE_CELLS 2

// The first cell of an address.
#define SPACE_MASK  0x03000000
#define SPACE_IO    0x01000000
#define SPACE_MEM32 0x02000000
#define DEVFN_SHIFT 8

static struct pci_host arm_pci = {
	.name = "PCI Bus 0000:00",
	.read = pci_ecam_read,
	.write = pci_ecam_write,
};

// Reads one number of `count` cells from `index` on. False: past the property's end.
static bool read_cells(fdt_node node, const char *name, int index, int count, u64 *value)
{
	u32 cell;

	*value = 0;
	for (int i = 0; i < count; i++) {
		if (fdt_prop_u32(bootinfo.fdt, node, name, index + i, &cell) != 0)
			return false;
		*value = *value << 32 | cell;
	}
	return true;
}

static int cells_of(fdt_node node, const char *name, int missing)
{
	u32 cells;

	return fdt_prop_u32(bootinfo.fdt, node, name, 0, &cells) == 0 && cells <= 3 ? (int)cells
										    : missing;
}

// ---- Windows ------------------------------------------------------------------------------------

// Reads the first 32-bit memory window and the I/O window. Ignores windows beyond the CPU's physical
// addresses.
static void read_windows(fdt_node node)
{
	const int parent_cells = cells_of(fdt_parent(bootinfo.fdt, node), "#address-cells", 2);
	const int entry = PCI_CELLS + parent_cells + SIZE_CELLS;
	u64 kind, bus, cpu, size;

	for (int i = 0; read_cells(node, "ranges", i, 1, &kind) &&
			read_cells(node, "ranges", i + 1, PCI_CELLS - 1, &bus) &&
			read_cells(node, "ranges", i + PCI_CELLS, parent_cells, &cpu) &&
			read_cells(node, "ranges", i + PCI_CELLS + parent_cells, SIZE_CELLS, &size);
	     i += entry) {
		const bool io = (kind & SPACE_MASK) == SPACE_IO;
		const u64 start = io ? bus : cpu;
		struct pci_window *window = io ? &arm_pci.io : &arm_pci.mem;

		if ((!io && (kind & SPACE_MASK) != SPACE_MEM32) || window->res.flags || size == 0 ||
		    range_end(start, size) - 1 > iomem_resource.end)
			continue;
		// Port numbers are bus addresses; their window in memory is not used yet.
		window->bus = bus;
		window->res = (struct resource){
			.start = (resource_size_t)start,
			.end = (resource_size_t)(start + size - 1),
			.name = arm_pci.name,
			.flags = io ? IORESOURCE_IO : IORESOURCE_MEM,
		};
	}
}

// ---- Interrupts ---------------------------------------------------------------------------------

// Looks up the device's pin in the bridge's interrupt-map. An entry is: the device's address and pin, the
// controller, the controller's address cells, and its interrupt in three cells (binding arm,gic).
static int map_irq(const struct pci_host *host, const struct pci_dev *pdev)
{
	enum { KIND, NUMBER, IRQ_CELLS = 3 };
	const fdt_node node = fdt_next_compatible(bootinfo.fdt, -1, "pci-host-ecam-generic");
	u64 addr_mask, pin_mask, addr, pin, phandle, kind, number;
	int i = 0;

	if (!read_cells(node, "interrupt-map-mask", 0, 1, &addr_mask) ||
	    !read_cells(node, "interrupt-map-mask", PCI_CELLS, 1, &pin_mask))
		return -ENOENT;
	while (read_cells(node, "interrupt-map", i, 1, &addr) &&
	       read_cells(node, "interrupt-map", i + PCI_CELLS, 1, &pin) &&
	       read_cells(node, "interrupt-map", i + PCI_CELLS + 1, 1, &phandle)) {
		const fdt_node chip = fdt_by_phandle(bootinfo.fdt, (u32)phandle);
		const int irq = i + PCI_CELLS + 2 + cells_of(chip, "#address-cells", 0);

		if (chip < 0 || cells_of(chip, "#interrupt-cells", 0) != IRQ_CELLS)
			return -ENOENT; // the length of its entries is unknown
		if (chip == gic_node() && addr == ((pdev->devfn << DEVFN_SHIFT) & addr_mask) &&
		    pin == (pdev->pin & pin_mask) &&
		    read_cells(node, "interrupt-map", irq + KIND, 1, &kind) &&
		    read_cells(node, "interrupt-map", irq + NUMBER, 1, &number))
			return (int)number + (kind ? GIC_PPI_BASE : GIC_SPI_BASE);
		i = irq + IRQ_CELLS;
	}
	return -ENOENT;
}

// ---- All of it ----------------------------------------------------------------------------------

// Claims and maps bus 0's part of configuration space. Returns 0 or a negative errno.
static int map_config(fdt_node node)
{
	u64 addr, size;

	if (fdt_reg(bootinfo.fdt, node, 0, &addr, &size) != 0 || size < PCI_ECAM_BUS_SIZE)
		return -EINVAL;
	if (range_end(addr, PCI_ECAM_BUS_SIZE) - 1 > iomem_resource.end)
		return -ERANGE; // QEMU: -M virt,highmem=off puts it below 4 GB
	if (!request_mem_region((phys_addr_t)addr, PCI_ECAM_BUS_SIZE, "PCI ECAM"))
		return -EBUSY;
	arm_pci.data = (__force void *)ioremap((phys_addr_t)addr, PCI_ECAM_BUS_SIZE);
	if (arm_pci.data)
		return 0;
	release_mem_region((phys_addr_t)addr, PCI_ECAM_BUS_SIZE);
	return -ENOMEM;
}

void machine_init_pci(void)
{
	const fdt_node node = fdt_next_compatible(bootinfo.fdt, -1, "pci-host-ecam-generic");
	int count;

	if (node < 0)
		return; // a board without PCI
	count = map_config(node);
	if (count == 0) {
		read_windows(node);
		arm_pci.map_irq = map_irq;
		count = pci_host_register(&arm_pci);
	}
	if (count < 0) {
		pr_err("pci: no bus, error %d\n", count);
		return;
	}
	pr_info("pci: devices on bus 0000:00: %d\n", count);
	pci_register_driver(&edu_driver);
}
