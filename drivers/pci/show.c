// SPDX-License-Identifier: MIT
// Lists the devices, similar to lspci -n -v.

#include <lib/format.h>
#include <lib/util.h>

#include "pci.h"

// Classes and subclasses that these machines have (PCI Code and ID Assignment Specification).
static const struct {
	u16 class;
	const char *name;
} classes[] = {
	{ 0x00ff, "Unclassified device" },
	{ 0x0101, "IDE interface" },
	{ 0x0100, "SCSI controller" },
	{ 0x0200, "Ethernet controller" },
	{ 0x0300, "VGA controller" },
	{ 0x0600, "Host bridge" },
	{ 0x0601, "ISA bridge" },
	{ 0x0604, "PCI bridge" },
	{ 0x0680, "Bridge" },
	{ 0x0c03, "USB controller" },
};

static const char *class_name(u32 class)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (classes[i].class == class >> 8)
			return classes[i].name;
	return "Class";
}

static void show_bar(const struct pci_dev *pdev, int n, void (*line)(const char *, void *),
		     void *arg)
{
	const struct resource *res = &pdev->resource[n];
	const unsigned long size = pci_resource_len(pdev, n);
	char text[80];

	if (pdev->unplaced & BIT(n))
		snprintf(text, sizeof(text), "        Region %d: no address", n);
	else if (res->flags & IORESOURCE_IO)
		snprintf(text, sizeof(text), "        Region %d: I/O ports at %04lx [size=%lu]", n,
			 (unsigned long)res->start, size);
	else if (res->flags)
		snprintf(text, sizeof(text), "        Region %d: Memory at %08llx [size=%lu%s]", n,
			 (u64)res->start, size < SZ_1K ? size : size / SZ_1K,
			 size < SZ_1K ? "" : "K");
	else
		return;
	line(text, arg);
}

static void show_device(const struct pci_dev *pdev, void (*line)(const char *, void *), void *arg)
{
	const u16 command = pci_read_config_word(pdev, PCI_COMMAND);
	char text[100];

	snprintf(text, sizeof(text), "%s %s [%04x]: [%04x:%04x] (rev %02x)", pdev->name,
		 class_name(pdev->class), pdev->class >> 8, pdev->vendor, pdev->device,
		 pdev->revision);
	line(text, arg);
	snprintf(text, sizeof(text), "        Control: I/O%c Mem%c BusMaster%c",
		 command & PCI_COMMAND_IO ? '+' : '-', command & PCI_COMMAND_MEMORY ? '+' : '-',
		 command & PCI_COMMAND_MASTER ? '+' : '-');
	line(text, arg);
	if (pdev->resource[PCI_IRQ_INDEX].flags) {
		snprintf(text, sizeof(text), "        Interrupt: pin %c routed to IRQ %u",
			 'A' + pdev->pin - 1, (unsigned int)pdev->resource[PCI_IRQ_INDEX].start);
		line(text, arg);
	}
	for (int n = 0; n < PCI_BARS; n++)
		show_bar(pdev, n, line, arg);
	if (pdev->dev.driver) {
		snprintf(text, sizeof(text), "        Driver in use: %s", pdev->dev.driver->name);
		line(text, arg);
	}
}

void pci_show(void (*line)(const char *text, void *arg), void *arg)
{
	const struct pci_dev *pdev = NULL;

	while ((pdev = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, pdev)) != NULL)
		show_device(pdev, line, arg);
}
