// SPDX-License-Identifier: MIT
// The registers of PCI devices: their sizes are read right, and each gets a place of its own.

#include <abi/errno.h>
#include <drivers/pci.h>
#include <kernel/ktest.h>

#include "log_watch.h"
#include "toy_bus.h"

SUITE("pci_bars");

TEST("a BAR's size is the lowest address bit that can be written, from 16 bytes on; what it says "
     "is put back")
{
	struct toy_function *f;
	struct pci_dev *pdev;

	toy_begin(SZ_4M);
	f = toy_add(0, 0x10);
	toy_bar(f, 0, 0, 16, 0);
	toy_bar(f, 1, 0, SZ_1M, 0);
	toy_bar(f, 3, 8, 4096, WINDOW_BUS + 0x5000); // prefetchable, placed
	ASSERT_EQ(pci_host_register(&toy.host), 1);
	pdev = toy_device(0x10);
	EXPECT_EQ(pci_resource_len(pdev, 0), 16);
	EXPECT_EQ(pci_resource_len(pdev, 1), SZ_1M);
	EXPECT_EQ(pci_resource_len(pdev, 2), 0);
	EXPECT_EQ(pci_resource_len(pdev, 3), 4096);
	EXPECT_EQ(pci_resource_len(pdev, 6), 0);
	EXPECT_EQ(pdev->resource[3].start, toy.window + 0x5000); // the CPU's name for it
	EXPECT_EQ(f->regs[BAR(3)], (WINDOW_BUS + 0x5000) | 8);
	EXPECT_EQ(f->regs[BAR(2)], 0);
	pci_host_unregister(&toy.host);
}

TEST("while BARs are read, the device answers nowhere; afterwards it is as it was")
{
	struct toy_function *f;

	toy_begin(SZ_1M);
	f = toy_add(0, 0x10);
	f->regs[1] = PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	toy_bar(f, 0, 0, 4096, WINDOW_BUS);
	ASSERT_EQ(pci_host_register(&toy.host), 1);
	EXPECT_FALSE(f->answered);
	EXPECT_EQ(f->regs[1], PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	EXPECT_EQ(f->regs[BAR(0)], WINDOW_BUS);
	pci_host_unregister(&toy.host);
}

TEST("BARs that firmware left without an address get one each: aligned, in the window, none on "
     "another")
{
	struct pci_dev *a = NULL, *b;

	toy_begin(SZ_4M);
	for (int slot = 0; slot < 8; slot++) {
		struct toy_function *f = toy_add(PCI_DEVFN(slot, 0), 0x10 + slot);

		toy_bar(f, 0, 0, 0x1000u << slot % 4, 0);
		toy_bar(f, 2, 0, 0x80000u >> slot, 0);
	}
	toy.functions[5].regs[BAR(0)] = WINDOW_BUS + 0x2000; // one that keeps its place
	ASSERT_EQ(pci_host_register(&toy.host), 8);
	EXPECT_EQ(toy_device(0x15)->resource[0].start, toy.window + 0x2000);
	while ((a = pci_get_device(TOY_VENDOR, PCI_ANY_ID, a)) != NULL) {
		for (int n = 0; n < 3; n += 2) {
			const struct resource *res = &a->resource[n];

			EXPECT_EQ(a->unplaced, 0);
			EXPECT_TRUE(IS_ALIGNED(res->start - toy.window, resource_size(res)));
			EXPECT_GE(res->start, toy.window);
			EXPECT_LT(res->end, toy.window + SZ_4M);
			EXPECT_EQ(toy_function(a->devfn)->regs[BAR(n)],
				  res->start - toy.window + WINDOW_BUS);
			EXPECT_EQ(res->parent, &toy.host.mem.res);
			for (b = NULL; (b = pci_get_device(TOY_VENDOR, PCI_ANY_ID, b)) != NULL;)
				for (int m = 0; m < 3; m += 2)
					EXPECT_TRUE((a == b && n == m) ||
						    res->end < b->resource[m].start ||
						    b->resource[m].end < res->start);
		}
	}
	pci_host_unregister(&toy.host);
}

TEST("of two devices that firmware put at one place, the second one moves; one outside of the "
     "window, too")
{
	toy_begin(SZ_1M);
	toy_bar(toy_add(PCI_DEVFN(1, 0), 0x10), 0, 0, 0x10000, WINDOW_BUS + 0x20000);
	toy_bar(toy_add(PCI_DEVFN(2, 0), 0x11), 0, 0, 0x10000, WINDOW_BUS + 0x20000);
	toy_bar(toy_add(PCI_DEVFN(3, 0), 0x12), 0, 0, 0x10000, 0x80000000);
	ASSERT_EQ(pci_host_register(&toy.host), 3);
	EXPECT_EQ(toy_device(0x10)->resource[0].start, toy.window + 0x20000);
	EXPECT_EQ(toy_device(0x11)->resource[0].start, toy.window);
	EXPECT_EQ(toy_device(0x12)->resource[0].start, toy.window + 0x10000);
	pci_host_unregister(&toy.host);
}

TEST("a BAR of 64 bits is two registers, and gets a 32-bit place")
{
	struct toy_function *f;
	struct pci_dev *pdev;

	toy_begin(SZ_1M);
	f = toy_add(0, 0x10);
	toy_bar(f, 0, 4, 0x4000, 0);
	f->regs[BAR(1)] = 0x12; // an address far away
	f->writable[BAR(1)] = ~0U;
	toy_bar(f, 2, 0, 0x1000, 0);
	ASSERT_EQ(pci_host_register(&toy.host), 1);
	pdev = toy_device(0x10);
	EXPECT_EQ(pci_resource_len(pdev, 0), 0x4000);
	EXPECT_EQ(pci_resource_len(pdev, 1), 0);
	EXPECT_EQ(pci_resource_len(pdev, 2), 0x1000);
	EXPECT_EQ(f->regs[BAR(0)], WINDOW_BUS | 4);
	EXPECT_EQ(f->regs[BAR(1)], 0);
	pci_host_unregister(&toy.host);
}

TEST("a BAR that is larger than what is left stays off, the smaller ones get theirs, and its "
     "device cannot be enabled")
{
	struct toy_function *f;
	struct pci_dev *pdev;

	toy_begin(SZ_1M);
	f = toy_add(0, 0x10);
	toy_bar(f, 0, 0, 2 * SZ_1M, 0);
	toy_bar(f, 1, 0, SZ_1M / 2, 0);
	f = toy_add(PCI_DEVFN(1, 0), 0x11);
	toy_bar(f, 0, 4, 0, 0); // as large as all addresses
	f->writable[BAR(0)] = 0;
	f->writable[BAR(1)] = 0xfffffff0;
	log_watch_begin();
	ASSERT_EQ(pci_host_register(&toy.host), 2);
	EXPECT_EQ(log_seen("BAR 0: no room for 0x200000 bytes"), 1);
	log_watch_end();
	pdev = toy_device(0x10);
	EXPECT_EQ(pci_resource_len(pdev, 0), 0);
	EXPECT_EQ(pdev->resource[1].start, toy.window);
	EXPECT_EQ(pci_enable_device(pdev), -EINVAL);
	EXPECT_EQ(toy.functions[0].regs[1], 0);
	EXPECT_EQ(pci_enable_device(toy_device(0x11)), -EINVAL);
	pci_host_unregister(&toy.host);
}

#define PORTS     64
#define PORTS_BUS 0x3000

static resource_size_t free_ports(void)
{
	for (resource_size_t first = 0x900; first < 0x10000; first += PORTS)
		if (is_free(&ioport_resource, first, PORTS))
			return first;
	return 0;
}

// The bus gets PORTS ports from first on, and calls them by its own numbers from `bus` on.
static void add_ports(resource_size_t first, resource_size_t bus)
{
	toy.host.io.bus = bus;
	toy.host.io.res = (struct resource)DEFINE_RES_IO(first, PORTS);
	toy.host.io.res.name = toy.host.name;
}

TEST("a BAR in I/O space gets ports where the bus has some, and is not mapped as memory")
{
	resource_size_t first;
	struct toy_function *f;
	struct pci_dev *pdev;

	toy_begin(SZ_1M);
	f = toy_add(0, 0x10);
	toy_bar(f, 0, 1, 32, 0);
	f->writable[BAR(0)] &= 0xffff; // the upper half may be missing
	log_watch_begin();
	ASSERT_EQ(pci_host_register(&toy.host), 1); // a bus without ports
	log_watch_end();
	EXPECT_EQ(toy_device(0x10)->unplaced, 1);
	pci_host_unregister(&toy.host);
	first = free_ports();
	if (first == 0)
		SKIP("this machine's bus has all ports");
	add_ports(first, PORTS_BUS);
	ASSERT_EQ(pci_host_register(&toy.host), 1);
	pdev = toy_device(0x10);
	EXPECT_EQ(pdev->resource[0].start, first);
	EXPECT_EQ(pci_resource_len(pdev, 0), 32);
	EXPECT_EQ(f->regs[BAR(0)], PORTS_BUS | 1);
	EXPECT_TRUE(!pci_iomap(pdev, 0, 0));
	pci_host_unregister(&toy.host);
}

TEST("a bus that leaves gives back both of its windows; one that cannot have its ports keeps no "
     "memory")
{
	const resource_size_t first = free_ports();

	if (first == 0)
		SKIP("this machine's bus has all ports");
	toy_begin(SZ_1M);
	add_ports(first, PORTS_BUS);
	ASSERT_EQ(pci_host_register(&toy.host), 0);
	EXPECT_FALSE(is_free(&iomem_resource, toy.window, SZ_1M));
	EXPECT_FALSE(is_free(&ioport_resource, first, PORTS));
	pci_host_unregister(&toy.host);
	EXPECT_TRUE(is_free(&iomem_resource, toy.window, SZ_1M));
	EXPECT_TRUE(is_free(&ioport_resource, first, PORTS));
	ASSERT_NE(request_region(first, 1, "somebody"), NULL);
	EXPECT_EQ(pci_host_register(&toy.host), -EBUSY);
	EXPECT_TRUE(is_free(&iomem_resource, toy.window, SZ_1M));
	release_region(first, 1);
}

TEST("a BAR in I/O space gets none of a bus's first 4096 ports, where old devices sit")
{
	const resource_size_t first = free_ports();
	struct toy_function *f;

	if (first == 0)
		SKIP("this machine's bus has all ports");
	toy_begin(SZ_1M);
	f = toy_add(0, 0x10);
	toy_bar(f, 0, 1, 32, 0);
	add_ports(first, 0x1000 - 32);
	ASSERT_EQ(pci_host_register(&toy.host), 1);
	EXPECT_EQ(toy_device(0x10)->resource[0].start, first + 32);
	EXPECT_EQ(f->regs[BAR(0)], 0x1000 | 1);
	pci_host_unregister(&toy.host);
}

TEST("a window that overlaps RAM is no window, and leaves nothing behind")
{
	toy_begin(SZ_1M);
	toy_add(0, 0x10);
	toy.host.mem.res.start = PHYS_OFFSET + 0x100000;
	toy.host.mem.res.end = PHYS_OFFSET + 0x2fffff;
	EXPECT_LT(pci_host_register(&toy.host), 0);
	EXPECT_EQ(toy_device(0x10), NULL);
	EXPECT_TRUE(list_empty(&toy.host.devices));
}
