// SPDX-License-Identifier: MIT
// Every allocation that is made for a device is failed once; and what must work without memory does.

#include <abi/errno.h>
#include <drivers/pci.h>
#include <kernel/ktest.h>
#include <mm/dma.h>
#include <mm/fixmap.h>

#include "failnth_walk.h"
#include "toy_device.h"

SUITE("failnth_device");

// ---- Memory for devices ---------------------------------------------------------------------------

static u32 word = 0x896;

static bool do_dma(void)
{
	static struct dma_reach reach;
	dma_addr_t addr;

	dma_reach_init(&reach, "failnth");
	addr = dma_reach_map(&reach, &word, sizeof(word), DMA_TO_DEVICE, __RETURN_ADDRESS);
	if (addr == DMA_MAPPING_ERROR)
		return false;
	EXPECT_EQ(reach.mapped, 1);
	dma_reach_unmap(&reach, addr, sizeof(word), DMA_TO_DEVICE, __RETURN_ADDRESS);
	EXPECT_EQ(reach.mapped, 0);
	return true;
}

TEST("dma: without memory for a debug build's note the mapping works all the same, and is not "
     "reported")
{
	const unsigned long mistakes = dma_mistakes;

	failnth_walk(do_dma, 0);
	EXPECT_EQ(dma_mistakes, mistakes);
}

// ---- What needs no memory -----------------------------------------------------------------------

static bool do_request_irq(void)
{
	if (request_irq(TEST_IRQ, no_handler, 0, "failnth", &word) != 0)
		return false;
	free_irq(TEST_IRQ, &word);
	return true;
}

static bool do_fixmap(void)
{
	const u32 *window = set_fixmap(FIX_TEST, __pa(&word), PAGE_KERNEL_RO);
	const bool ok = *window == word;

	clear_fixmap(FIX_TEST);
	return ok;
}

TEST("request_irq() and a slot of the fixmap need no memory, so nothing can fail")
{
	EXPECT_EQ(failnth_walk(do_request_irq, 0), 0);
	EXPECT_EQ(failnth_walk(do_fixmap, 0), 0);
}

// ---- A bus --------------------------------------------------------------------------------------

static u32 bus_read(const struct pci_host *host, unsigned int devfn, unsigned int where, int size)
{
	if (devfn > PCI_DEVFN(1, 0) || PCI_FUNC(devfn) != 0)
		return ~0U;
	return where == PCI_VENDOR_ID ? 0x08961896 : 0;
}

static void bus_write(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		      u32 value)
{
}

static bool do_pci(void)
{
	static struct pci_host host = { .name = "PCI Bus 0896:00",
					.read = bus_read,
					.write = bus_write };
	const int count = pci_host_register(&host);

	EXPECT_TRUE(count == 2 || count == -ENOMEM);
	if (count < 0)
		return false;
	pci_host_unregister(&host);
	return true;
}

TEST("pci: without memory for one of a bus's devices none is registered, and nothing stays")
{
	EXPECT_GE(failnth_walk(do_pci, 1), 1);
}
