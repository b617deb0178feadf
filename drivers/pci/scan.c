// SPDX-License-Identifier: MIT
// Finding and registering the devices of bus 0.
//
// Owns: the list of hosts. Locks: [p] none yet: start-up and tests register hosts one at a time.
// Bridges are ordinary devices; the buses behind them are not scanned (CAVEATS.md).
// Linux: drivers/pci/probe.c.

#include <abi/errno.h>
#include <lib/format.h>
#include <mm/slab.h>

#include "pci.h"

#define NO_DEVICE     0xffff
#define HEADER_MULTI  0x80 // has more functions than 0
#define HEADER_KIND   0x7f
#define HEADER_BRIDGE 1
#define SLOTS         32
#define FUNCTIONS     8

static struct {
	const struct pci_host *hosts[4];
	int count;
} pci;

// ---- Configuration space --------------------------------------------------------------------------

u8 pci_read_config_byte(const struct pci_dev *pdev, unsigned int where)
{
	return (u8)pdev->host->read(pdev->host, pdev->devfn, where, 1);
}

u16 pci_read_config_word(const struct pci_dev *pdev, unsigned int where)
{
	return (u16)pdev->host->read(pdev->host, pdev->devfn, where, 2);
}

u32 pci_read_config_dword(const struct pci_dev *pdev, unsigned int where)
{
	return pdev->host->read(pdev->host, pdev->devfn, where, 4);
}

void pci_write_config_word(const struct pci_dev *pdev, unsigned int where, u16 value)
{
	pdev->host->write(pdev->host, pdev->devfn, where, 2, value);
}

void pci_write_config_dword(const struct pci_dev *pdev, unsigned int where, u32 value)
{
	pdev->host->write(pdev->host, pdev->devfn, where, 4, value);
}

// ---- One device -----------------------------------------------------------------------------------

static void read_ids(struct pci_dev *pdev)
{
	const u32 class = pci_read_config_dword(pdev, PCI_CLASS_REVISION);

	pdev->vendor = pci_read_config_word(pdev, PCI_VENDOR_ID);
	pdev->device = pci_read_config_word(pdev, PCI_DEVICE_ID);
	pdev->class = class >> 8;
	pdev->revision = class & 0xff;
	pdev->pin = pci_read_config_byte(pdev, PCI_INTERRUPT_PIN);
	if (pdev->pin > 4)
		pdev->pin = 0; // invalid
}

static void find_irq(struct pci_dev *pdev)
{
	const int irq =
		pdev->pin && pdev->host->map_irq ? pdev->host->map_irq(pdev->host, pdev) : -ENODEV;

	if (irq >= 0)
		pdev->resource[PCI_IRQ_INDEX] = (struct resource){
			.start = irq, .end = irq, .name = pdev->name, .flags = IORESOURCE_IRQ
		};
	else if (pdev->pin)
		pr_warn("pci %s: nobody knows which interrupt its pin %c is\n", pdev->name,
			'A' + pdev->pin - 1);
}

// NULL: no memory.
static struct pci_dev *make_device(struct pci_host *host, unsigned int devfn)
{
	struct pci_dev *pdev = kzalloc(sizeof(*pdev), GFP_KERNEL);

	if (!pdev)
		return NULL;
	pdev->host = host;
	pdev->devfn = devfn;
	snprintf(pdev->name, sizeof(pdev->name), "%s:%02x.%u", host->name + sizeof("PCI Bus"),
		 PCI_SLOT(devfn), PCI_FUNC(devfn));
	read_ids(pdev);
	pci_read_bars(pdev);
	find_irq(pdev);
	pdev->dev = (struct device){ .name = pdev->name,
				     .bus = &pci_bus,
				     .of_node = -1,
				     .resource = pdev->resource,
				     .num_resources = ARRAY_SIZE(pdev->resource) };
	return pdev;
}

// ---- The bus --------------------------------------------------------------------------------------

// Returns 0 or -ENOMEM. Function 0 sets *functions, the number of functions to scan in this slot.
static int scan_function(struct pci_host *host, unsigned int devfn, int *functions)
{
	const u32 id = host->read(host, devfn, PCI_VENDOR_ID, 4);
	struct pci_dev *pdev;
	u8 header;

	if ((id & 0xffff) == NO_DEVICE || (id & 0xffff) == 0)
		return 0;
	header = (u8)host->read(host, devfn, PCI_HEADER_TYPE, 1);
	if (PCI_FUNC(devfn) == 0 && (header & HEADER_MULTI))
		*functions = FUNCTIONS;
	pdev = make_device(host, devfn);
	if (!pdev)
		return -ENOMEM;
	list_add_tail(&pdev->node, &host->devices);
	if ((header & HEADER_KIND) == HEADER_BRIDGE)
		pr_info("pci %s: a bridge; what lies behind it is not looked at\n", pdev->name);
	return 0;
}

static int scan_bus(struct pci_host *host)
{
	for (unsigned int slot = 0; slot < SLOTS; slot++) {
		int functions = 1;

		for (int function = 0; function < functions; function++) {
			const int err = scan_function(host, PCI_DEVFN(slot, function), &functions);

			if (err)
				return err;
		}
	}
	return 0;
}

static void forget_devices(struct pci_host *host)
{
	while (!list_empty(&host->devices)) {
		struct pci_dev *pdev = list_first_entry(&host->devices, struct pci_dev, node);

		list_del(&pdev->node);
		kfree(pdev);
	}
}

static void remove_window(struct pci_window *window)
{
	if (window->res.parent)
		WARN_ON(remove_resource(&window->res) != 0);
}

static bool has_busy_child(const struct resource *res)
{
	for (const struct resource *r = res->child; r; r = r->sibling)
		if (r->flags & IORESOURCE_BUSY)
			return true;
	return false;
}

// A window may contain ranges that firmware has reserved, but no RAM and no driver's range.
static int insert_window(struct pci_window *window, struct resource *root)
{
	if (!window->res.flags)
		return 0;
	if (insert_resource(root, &window->res) != 0)
		return -EBUSY;
	if (window->res.parent == root && !has_busy_child(&window->res))
		return 0;
	remove_window(window);
	return -EBUSY;
}

static void forget_empty(struct pci_window *window)
{
	if (window->res.flags && resource_size(&window->res) == 0)
		window->res.flags = 0;
}

static int insert_windows(struct pci_host *host)
{
	int err = insert_window(&host->mem, &iomem_resource);

	if (!err)
		err = insert_window(&host->io, &ioport_resource);
	if (err)
		remove_window(&host->mem);
	return err;
}

// Unregisters the first `count` devices.
static void unregister_devices(struct pci_host *host, int count)
{
	struct pci_dev *pdev;

	list_for_each_entry (pdev, &host->devices, node)
		if (count-- > 0)
			device_unregister(&pdev->dev);
}

static int register_devices(struct pci_host *host)
{
	struct pci_dev *pdev;
	int count = 0;

	list_for_each_entry (pdev, &host->devices, node) {
		const int err = device_register(&pdev->dev);

		if (err) {
			unregister_devices(host, count);
			return err;
		}
		count++;
	}
	return count;
}

int pci_host_register(struct pci_host *host)
{
	int count;

	INIT_LIST_HEAD(&host->devices);
	forget_empty(&host->mem);
	forget_empty(&host->io);
	if (pci.count == ARRAY_SIZE(pci.hosts))
		return -ENOSPC;
	count = scan_bus(host);
	if (!count) {
		pci_place_bars(host);
		count = insert_windows(host);
	}
	if (!count) {
		pci.hosts[pci.count++] = host; // before drivers may call pci_get_device()
		count = register_devices(host);
		if (count < 0) {
			pci.count--;
			remove_window(&host->mem);
			remove_window(&host->io);
		}
	}
	if (count < 0)
		forget_devices(host);
	return count;
}

void pci_host_unregister(struct pci_host *host)
{
	int i = 0;

	while (i < pci.count && pci.hosts[i] != host)
		i++;
	if (WARN_ON(i == pci.count))
		return;
	unregister_devices(host, SLOTS * FUNCTIONS);
	forget_devices(host);
	remove_window(&host->mem);
	remove_window(&host->io);
	pci.hosts[i] = pci.hosts[--pci.count];
}

static bool id_matches(u16 wanted, u16 id)
{
	return wanted == PCI_ANY_ID || wanted == id;
}

struct pci_dev *pci_get_device(u16 vendor, u16 device, const struct pci_dev *from)
{
	struct pci_dev *pdev;

	for (int i = 0; i < pci.count; i++) {
		list_for_each_entry (pdev, &pci.hosts[i]->devices, node) {
			if (from) { // skip devices up to and including `from`
				from = from == pdev ? NULL : from;
				continue;
			}
			if (id_matches(vendor, pdev->vendor) && id_matches(device, pdev->device))
				return pdev;
		}
	}
	return NULL;
}
