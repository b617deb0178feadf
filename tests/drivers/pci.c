// SPDX-License-Identifier: MIT
// PCI: what is found on a bus, a made-up one and the machine's own, and the drivers of what is found.

#include <abi/errno.h>
#include <drivers/pci.h>
#include <kernel/ktest.h>
#include <lib/string.h>

#include "log_watch.h"
#include "toy_bus.h"

SUITE("pci");

#define SIZES 512 // characters of note_sizes()

TEST("devices are found by slot and function, with ids, class and interrupt")
{
	struct toy_function *f;
	struct pci_dev *pdev;

	toy_begin(SZ_1M);
	toy_add(PCI_DEVFN(3, 0), 0x10)->regs[15] = 0x0100;
	toy_add(PCI_DEVFN(7, 0), 0x20)->regs[3] = 0x00800000; // several functions
	f = toy_add(PCI_DEVFN(7, 5), 0x25);
	f->regs[15] = 0x0700; // a pin that there is not
	toy_add(PCI_DEVFN(9, 0), 0x30);
	toy_add(PCI_DEVFN(9, 1), 0x31);  // function 0 says that it is alone
	toy_add(PCI_DEVFN(11, 2), 0x40); // no function 0, so no device
	ASSERT_EQ(pci_host_register(&toy.host), 4);
	pdev = toy_device(0x10);
	ASSERT_NE(pdev, NULL);
	EXPECT_STREQ(pdev->name, "0896:00:03.0");
	EXPECT_EQ(pdev->class, 0x020000);
	EXPECT_EQ(pdev->revision, 3);
	EXPECT_EQ(device_get_irq(&pdev->dev, 0), 77);
	pdev = toy_device(0x25);
	ASSERT_NE(pdev, NULL);
	EXPECT_STREQ(pdev->name, "0896:00:07.5");
	EXPECT_EQ(device_get_irq(&pdev->dev, 0), -ENODEV);
	EXPECT_EQ(pci_get_device(TOY_VENDOR, PCI_ANY_ID, pdev), toy_device(0x30));
	EXPECT_EQ(toy_device(0x31), NULL);
	EXPECT_EQ(toy_device(0x40), NULL);
	pci_host_unregister(&toy.host);
	EXPECT_EQ(toy_device(0x10), NULL);
}

// ---- Drivers ------------------------------------------------------------------------------------

static int probes, removes, probe_result;
static const struct pci_device_id *probed_id;

static int toy_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	probes++;
	probed_id = id;
	if (pci_enable_device(pdev) != 0 || pci_request_regions(pdev, "toy") != 0)
		return -EBUSY;
	pci_set_master(pdev);
	return probe_result;
}

static void toy_remove(struct pci_dev *pdev)
{
	removes++;
}

static const struct pci_device_id toy_ids[] = { { TOY_VENDOR, 0x11 },
						{ 0x1897, PCI_ANY_ID },
						{ 0, 0 } };

static void note_sizes(const char *line, void *arg)
{
	char *sizes = arg;
	const char *size = strstr(line, "[size=");

	if (size && strlen(sizes) + strlen(size) < SIZES)
		strscpy(sizes + strlen(sizes), size, SIZES - strlen(sizes));
}

TEST("the list has the size of each register space as lspci has it: in bytes, or in K")
{
	char sizes[SIZES] = "";
	struct toy_function *f;

	toy_begin(SZ_4M);
	f = toy_add(0, 0x10);
	toy_bar(f, 0, 0, 16, 0);
	toy_bar(f, 1, 0, 4096, 0);
	toy_bar(f, 2, 0, SZ_1M, 0);
	ASSERT_EQ(pci_host_register(&toy.host), 1);
	pci_show(note_sizes, sizes);
	EXPECT_NE(strstr(sizes, "[size=16][size=4K][size=1024K]"), NULL);
	pci_host_unregister(&toy.host);
}

TEST("a driver is bound to the devices of its ids; what it took is given back when it leaves")
{
	static struct pci_driver drv = {
		.name = "toy", .id_table = toy_ids, .probe = toy_probe, .remove = toy_remove
	};
	struct toy_function *f;
	struct pci_dev *pdev;

	toy_begin(SZ_1M);
	toy_add(PCI_DEVFN(1, 0), 0x10);
	f = toy_add(PCI_DEVFN(2, 0), 0x11);
	toy_bar(f, 0, 0, 4096, 0);
	toy_bar(f, 1, 0, 4096, 0);
	toy.host.dma_offset = 0x80000000;
	probes = removes = probe_result = 0;
	ASSERT_EQ(pci_host_register(&toy.host), 2);
	pci_register_driver(&drv);
	pdev = toy_device(0x11);
	EXPECT_EQ(probes, 1);
	EXPECT_EQ(probed_id, &toy_ids[0]);
	EXPECT_EQ(pdev->dev.dma.offset, 0x80000000); // as its bus counts
	EXPECT_EQ(pdev->dev.driver, &drv.driver);
	EXPECT_EQ(toy_device(0x10)->dev.driver, NULL);
	EXPECT_EQ(f->regs[1], PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	EXPECT_STREQ(resource_at(&iomem_resource, toy.window + 0x1000)->name, "toy");
	pci_unregister_driver(&drv);
	EXPECT_EQ(removes, 1);
	EXPECT_EQ(f->regs[1], PCI_COMMAND_INTX_OFF);
	EXPECT_STREQ(resource_at(&iomem_resource, toy.window + 0x1000)->name, pdev->name);
	pci_host_unregister(&toy.host);
}

// Which name the start of a BAR has in iomem.
static const char *owner_of(const struct pci_dev *pdev, int bar)
{
	return resource_at(&iomem_resource, pdev->resource[bar].start)->name;
}

TEST("a probe that fails leaves the device off and its regions free")
{
	static struct pci_driver drv = {
		.name = "toy", .id_table = toy_ids, .probe = toy_probe, .remove = toy_remove
	};
	struct toy_function *f;
	struct pci_dev *pdev;

	toy_begin(SZ_1M);
	f = toy_add(PCI_DEVFN(2, 0), 0x11);
	toy_bar(f, 0, 0, 8192, 0);
	toy_bar(f, 1, 0, 4096, 0);
	probes = removes = 0;
	probe_result = -ENODEV;
	ASSERT_EQ(pci_host_register(&toy.host), 1);
	pdev = toy_device(0x11);
	pci_register_driver(&drv);
	EXPECT_EQ(probes, 1);
	EXPECT_EQ(pdev->dev.driver, NULL);
	EXPECT_EQ(f->regs[1], PCI_COMMAND_INTX_OFF);
	EXPECT_STREQ(owner_of(pdev, 0), pdev->name);
	EXPECT_STREQ(owner_of(pdev, 1), pdev->name);
	pci_unregister_driver(&drv);
	EXPECT_EQ(removes, 0);
	pci_host_unregister(&toy.host);
}

TEST("regions are claimed all or none: when the last BAR is taken, the first two are free again at "
     "once")
{
	resource_size_t taken;
	struct toy_function *f;
	struct pci_dev *pdev;

	toy_begin(SZ_1M);
	f = toy_add(PCI_DEVFN(2, 0), 0x11);
	toy_bar(f, 0, 0, 8192, 0);
	toy_bar(f, 1, 0, 4096, 0);
	toy_bar(f, 2, 0, 4096, 0);
	ASSERT_EQ(pci_host_register(&toy.host), 1);
	pdev = toy_device(0x11);
	taken = pdev->resource[2].start + 0x800;
	ASSERT_NE(request_mem_region(taken, 4, "somebody"), NULL);
	EXPECT_EQ(pci_request_regions(pdev, "toy"), -EBUSY);
	EXPECT_STREQ(owner_of(pdev, 0), pdev->name);
	EXPECT_STREQ(owner_of(pdev, 1), pdev->name);
	release_mem_region(taken, 4);
	EXPECT_EQ(pci_request_regions(pdev, "toy"), 0);
	for (int n = 0; n < 3; n++)
		EXPECT_STREQ(owner_of(pdev, n), "toy");
	pci_host_unregister(&toy.host);
}

// ---- The machine's own bus --------------------------------------------------------------------------

TEST("S252 every memory BAR of the machine's bus lies in the bus's window, where there is no RAM")
{
	struct pci_dev *pdev = NULL;

	if (!pci_get_device(PCI_ANY_ID, PCI_ANY_ID, NULL))
		SKIP("this machine has no PCI bus");
	while ((pdev = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, pdev)) != NULL) {
		EXPECT_EQ(pci_read_config_word(pdev, PCI_VENDOR_ID), pdev->vendor);
		for (int n = 0; n < PCI_BARS; n++) {
			const struct resource *res = &pdev->resource[n];

			if (!(res->flags & IORESOURCE_MEM))
				continue;
			EXPECT_STREQ(res->parent->name, "PCI Bus 0000:00");
			EXPECT_FALSE(pfn_valid(PFN_DOWN(res->start)));
			EXPECT_TRUE(IS_ALIGNED(res->start, resource_size(res)));
		}
	}
}

TEST("the first device is the host bridge")
{
	const struct pci_dev *pdev = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, NULL);

	if (!pdev)
		SKIP("this machine has no PCI bus");
	EXPECT_EQ(pdev->devfn, 0);
	EXPECT_EQ(pdev->class >> 8, 0x0600);
}
