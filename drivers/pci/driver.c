// SPDX-License-Identifier: MIT
// PCI drivers: matching drivers with devices, and the functions that prepare a device for use.
//
// Linux: drivers/pci/pci-driver.c, pci.c, devres.c.

#include <abi/errno.h>
#include <lib/util.h>
#include <mm/ioremap.h>

#include "pci.h"

static struct pci_driver *to_pci_driver(const struct device_driver *drv)
{
	return container_of(drv, struct pci_driver, driver);
}

const struct pci_device_id *pci_match_id(const struct pci_device_id *ids,
					 const struct pci_dev *pdev)
{
	for (; ids->vendor; ids++)
		if ((ids->vendor == PCI_ANY_ID || ids->vendor == pdev->vendor) &&
		    (ids->device == PCI_ANY_ID || ids->device == pdev->device))
			return ids;
	return NULL;
}

static bool pci_match(const struct device *dev, const struct device_driver *drv)
{
	return pci_match_id(to_pci_driver(drv)->id_table, to_pci_dev(dev)) != NULL;
}

const struct bus_type pci_bus = { .name = "pci", .match = pci_match };

static int pci_probe(struct device *dev)
{
	const struct pci_driver *drv = to_pci_driver(dev->driver);
	struct pci_dev *pdev = to_pci_dev(dev);

	dev->dma.offset = pdev->host->dma_offset;
	return drv->probe(pdev, pci_match_id(drv->id_table, pdev));
}

static void pci_remove(struct device *dev)
{
	const struct pci_driver *drv = to_pci_driver(dev->driver);

	if (drv->remove)
		drv->remove(to_pci_dev(dev));
}

void pci_register_driver(struct pci_driver *drv)
{
	BUG_ON(drv->driver.node.next); // it is registered already
	drv->driver = (struct device_driver){
		.name = drv->name, .bus = &pci_bus, .probe = pci_probe, .remove = pci_remove
	};
	driver_register(&drv->driver);
}

void pci_unregister_driver(struct pci_driver *drv)
{
	driver_unregister(&drv->driver);
}

// ---- The command register ---------------------------------------------------------------------------

// Leaves other bits unchanged.
static void command_change(struct pci_dev *pdev, u16 clear, u16 set)
{
	const u16 command = pci_read_config_word(pdev, PCI_COMMAND);

	pci_write_config_word(pdev, PCI_COMMAND, (command & ~clear) | set);
}

// A device without a driver answers no accesses, is no bus master and raises no interrupts.
static void switch_off(void *data)
{
	command_change(data, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
		       PCI_COMMAND_INTX_OFF);
}

int pci_enable_device(struct pci_dev *pdev)
{
	u16 set = 0;
	int err;

	if (pdev->unplaced)
		return -EINVAL;
	for (int n = 0; n < PCI_BARS; n++) {
		if (pdev->resource[n].flags & IORESOURCE_MEM)
			set |= PCI_COMMAND_MEMORY;
		if (pdev->resource[n].flags & IORESOURCE_IO)
			set |= PCI_COMMAND_IO;
	}
	err = devm_add_action(&pdev->dev, switch_off, pdev);
	if (!err)
		command_change(pdev, PCI_COMMAND_INTX_OFF, set);
	return err;
}

void pci_set_master(struct pci_dev *pdev)
{
	command_change(pdev, 0, PCI_COMMAND_MASTER);
}

void pci_clear_master(struct pci_dev *pdev)
{
	command_change(pdev, PCI_COMMAND_MASTER, 0);
}

// ---- BARs -------------------------------------------------------------------------------------------

resource_size_t pci_resource_len(const struct pci_dev *pdev, unsigned int bar)
{
	return bar < PCI_BARS && pdev->resource[bar].flags ? resource_size(&pdev->resource[bar])
							   : 0;
}

static struct resource *root_of(const struct resource *res)
{
	return res->flags & IORESOURCE_IO ? &ioport_resource : &iomem_resource;
}

int pci_request_regions(struct pci_dev *pdev, const char *name)
{
	for (int n = 0; n < PCI_BARS; n++) {
		const struct resource *res = &pdev->resource[n];

		if (!res->flags || __devm_request_region(&pdev->dev, root_of(res), res->start,
							 resource_size(res), name))
			continue;
		while (n-- > 0)
			if (pdev->resource[n].flags)
				__devm_release_region(&pdev->dev, root_of(&pdev->resource[n]),
						      pdev->resource[n].start,
						      resource_size(&pdev->resource[n]));
		return -EBUSY;
	}
	return 0;
}

void __iomem *pci_iomap(struct pci_dev *pdev, unsigned int bar, size_t max)
{
	const resource_size_t size = pci_resource_len(pdev, bar);

	if (size == 0 || !(pdev->resource[bar].flags & IORESOURCE_MEM))
		return NULL;
	return devm_ioremap(&pdev->dev, pdev->resource[bar].start,
			    max && max < size ? max : (size_t)size);
}
