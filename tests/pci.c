// SPDX-License-Identifier: MIT
// PCI: what is found on the machine's bus; and on a bus that is made up here, with devices that no machine
// of ours has, that sizes are read right and every register gets a place of its own.

#include <abi/errno.h>
#include <drivers/pci.h>
#include <kernel/ktest.h>
#include <lib/string.h>

#include "log_watch.h"

SUITE("pci");

// ---- A made-up bus ------------------------------------------------------------------------------

#define REGISTERS 16 // words of configuration space
#define BAR(n)    (PCI_BASE_ADDRESS(n) / 4)

struct toy_function {
	unsigned int devfn;
	u32 regs[REGISTERS];
	u32 writable[REGISTERS];
	bool answered; // at its BARs while they were not what they are
};

static struct {
	struct pci_host host;
	struct toy_function functions[8];
	int count;
} toy;

static struct toy_function *toy_function(unsigned int devfn)
{
	for (int i = 0; i < toy.count; i++)
		if (toy.functions[i].devfn == devfn)
			return &toy.functions[i];
	return NULL;
}

static u32 toy_read(const struct pci_host *host, unsigned int devfn, unsigned int where, int size)
{
	const struct toy_function *f = toy_function(devfn);
	const u32 word = f && where / 4 < REGISTERS ? f->regs[where / 4] : f ? 0 : ~0U;

	return word >> where % 4 * 8 & (u32)(BIT_ULL(size * 8) - 1);
}

static void toy_write(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		      u32 value)
{
	struct toy_function *f = toy_function(devfn);
	const u32 mask = (u32)(BIT_ULL(size * 8) - 1) << where % 4 * 8;
	u32 *reg = &f->regs[where / 4], set = f->writable[where / 4] & mask;

	if (where >= PCI_BASE_ADDRESS(0) && where < PCI_BASE_ADDRESS(PCI_BARS) &&
	    (f->regs[1] & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY)))
		f->answered = true;
	*reg = (*reg & ~set) | (value << where % 4 * 8 & set);
}

static int toy_irq(const struct pci_host *host, const struct pci_dev *pdev)
{
	return pdev->pin == 1 ? 77 : -ENOENT;
}

#define WINDOW_SIZE SZ_4M
#define WINDOW_BUS  0x10000000U // what the bus calls the window
#define PORTS       64
#define PORTS_BUS   0x3000

// Whether nobody has any of it, and no bus.
static bool is_free(struct resource *root, resource_size_t start, resource_size_t size)
{
	struct resource probe = { .start = start, .end = start + size - 1, .name = "toy" };

	if (request_resource(root, &probe) != 0)
		return false;
	release_resource(&probe);
	return true;
}

// Addresses that nobody has: high ones below 4 GB.
static resource_size_t free_window(void)
{
	resource_size_t start = 0 - 2 * WINDOW_SIZE;

	while (start && !is_free(&iomem_resource, start, WINDOW_SIZE))
		start -= WINDOW_SIZE;
	return start;
}

static resource_size_t window;

static void toy_begin(resource_size_t size)
{
	window = free_window();
	BUG_ON(window == 0 || size > WINDOW_SIZE);
	memset(&toy, 0, sizeof(toy));
	toy.host = (struct pci_host){
		.name = "PCI Bus 0896:00", .read = toy_read, .write = toy_write, .map_irq = toy_irq
	};
	toy.host.mem.bus = WINDOW_BUS;
	toy.host.mem.res = (struct resource)DEFINE_RES_MEM(window, size);
	toy.host.io.bus = 0;
	toy.host.mem.res.name = toy.host.name;
}

// A device of slot and function 0 (or another), with a vendor, and a pin.
static struct toy_function *toy_add(unsigned int devfn, u16 id)
{
	struct toy_function *f = &toy.functions[toy.count++];

	f->devfn = devfn;
	f->regs[0] = (u32)id << 16 | 0x1896;
	f->regs[2] = 0x02000003;
	f->writable[1] = 0xffff;
	return f;
}

static void toy_bar(struct toy_function *f, int n, u32 kind, u32 size, u32 addr)
{
	f->regs[BAR(n)] = kind | addr;
	f->writable[BAR(n)] = ~(size - 1) & (kind & 1 ? ~3U : ~0xfU);
}

static struct pci_dev *toy_device(u16 id)
{
	return pci_get_device(0x1896, id, NULL);
}

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
	EXPECT_EQ(pci_get_device(0x1896, PCI_ANY_ID, pdev), toy_device(0x30));
	EXPECT_EQ(toy_device(0x31), NULL);
	EXPECT_EQ(toy_device(0x40), NULL);
	pci_host_unregister(&toy.host);
	EXPECT_EQ(toy_device(0x10), NULL);
}

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
	EXPECT_EQ(pdev->resource[3].start, window + 0x5000); // the CPU's name for it
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
	EXPECT_EQ(toy_device(0x15)->resource[0].start, window + 0x2000);
	while ((a = pci_get_device(0x1896, PCI_ANY_ID, a)) != NULL) {
		for (int n = 0; n < 3; n += 2) {
			const struct resource *res = &a->resource[n];

			EXPECT_EQ(a->unplaced, 0);
			EXPECT_TRUE(IS_ALIGNED(res->start - window, resource_size(res)));
			EXPECT_GE(res->start, window);
			EXPECT_LT(res->end, window + SZ_4M);
			EXPECT_EQ(toy_function(a->devfn)->regs[BAR(n)],
				  res->start - window + WINDOW_BUS);
			EXPECT_EQ(res->parent, &toy.host.mem.res);
			for (b = NULL; (b = pci_get_device(0x1896, PCI_ANY_ID, b)) != NULL;)
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
	EXPECT_EQ(toy_device(0x10)->resource[0].start, window + 0x20000);
	EXPECT_EQ(toy_device(0x11)->resource[0].start, window);
	EXPECT_EQ(toy_device(0x12)->resource[0].start, window + 0x10000);
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
	EXPECT_EQ(pdev->resource[1].start, window);
	EXPECT_EQ(pci_enable_device(pdev), -EINVAL);
	EXPECT_EQ(toy.functions[0].regs[1], 0);
	EXPECT_EQ(pci_enable_device(toy_device(0x11)), -EINVAL);
	pci_host_unregister(&toy.host);
}

static resource_size_t free_ports(void)
{
	for (resource_size_t first = 0x900; first < 0x10000; first += PORTS)
		if (is_free(&ioport_resource, first, PORTS))
			return first;
	return 0;
}

TEST("BARs in I/O space get ports, not the first 4096, where old devices sit")
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
	toy.host.io.bus = PORTS_BUS;
	toy.host.io.res = (struct resource)DEFINE_RES_IO(first, PORTS);
	toy.host.io.res.name = toy.host.name;
	ASSERT_EQ(pci_host_register(&toy.host), 1);
	pdev = toy_device(0x10);
	EXPECT_EQ(pdev->resource[0].start, first);
	EXPECT_EQ(pci_resource_len(pdev, 0), 32);
	EXPECT_EQ(f->regs[BAR(0)], PORTS_BUS | 1);
	EXPECT_TRUE(!pci_iomap(pdev, 0, 0));
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

static const struct pci_device_id toy_ids[] = { { 0x1896, 0x11 },
						{ 0x1897, PCI_ANY_ID },
						{ 0, 0 } };

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
	EXPECT_STREQ(resource_at(&iomem_resource, window + 0x1000)->name, "toy");
	pci_unregister_driver(&drv);
	EXPECT_EQ(removes, 1);
	EXPECT_EQ(f->regs[1], PCI_COMMAND_INTX_OFF);
	EXPECT_STREQ(resource_at(&iomem_resource, window + 0x1000)->name, pdev->name);
	pci_host_unregister(&toy.host);
}

TEST("a probe that fails leaves the device off and its regions free; regions are claimed all or "
     "none")
{
	static struct pci_driver drv = {
		.name = "toy", .id_table = toy_ids, .probe = toy_probe, .remove = toy_remove
	};
	struct toy_function *f;
	struct resource *taken;

	toy_begin(SZ_1M);
	f = toy_add(PCI_DEVFN(2, 0), 0x11);
	toy_bar(f, 0, 0, 8192, 0);
	toy_bar(f, 1, 0, 4096, 0);
	probes = removes = 0;
	probe_result = -ENODEV;
	ASSERT_EQ(pci_host_register(&toy.host), 1);
	pci_register_driver(&drv);
	EXPECT_EQ(probes, 1);
	EXPECT_EQ(toy_device(0x11)->dev.driver, NULL);
	EXPECT_EQ(f->regs[1], PCI_COMMAND_INTX_OFF);
	pci_unregister_driver(&drv);
	EXPECT_EQ(removes, 0);
	probe_result = 0;
	taken = request_mem_region(window + 0x2800, 4, "somebody"); // in BAR 1, behind BAR 0
	ASSERT_NE(taken, NULL);
	log_watch_begin();
	pci_register_driver(&drv);
	log_watch_end();
	EXPECT_EQ(probes, 2);
	EXPECT_EQ(toy_device(0x11)->dev.driver, NULL);
	EXPECT_STREQ(resource_at(&iomem_resource, window)->name, toy_device(0x11)->name);
	release_mem_region(window + 0x2800, 4);
	pci_unregister_driver(&drv);
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
