// SPDX-License-Identifier: MIT
// A real device that does DMA, QEMU's edu, with few address bits: what it is refused, what it is given,
// and that the bytes arrive. Skipped where there is none (tests/boot/pci.py runs it where there is one).

#include <abi/errno.h>
#include <drivers/misc/edu.h>
#include <kernel/ktest.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "log_watch.h"

SUITE("edu");

#define NEED_EDU()                     \
	struct edu *edu = edu_first(); \
                                       \
	if (!edu)                      \
	SKIP("this machine has no edu device")

#define NEED_EDU_DMA()         \
	NEED_EDU();            \
	if (!edu_has_dma(edu)) \
	SKIP("the device's address bits do not reach this machine's RAM")

#define SIZE 1000

static unsigned char dma_pattern(size_t i)
{
	return (unsigned char)(i * 7 + i / 251 + 1);
}

static void fill_dma_buffer(unsigned char *buffer, size_t size)
{
	for (size_t i = 0; i < size; i++)
		buffer[i] = dma_pattern(i);
}

static size_t differences(const unsigned char *buffer, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += buffer[i] != dma_pattern(i);
	return n;
}

// Maps, transfers, unmaps. 0, or what went wrong.
static int copy(struct edu *edu, void *buffer, size_t offset, size_t size,
		enum dma_data_direction dir)
{
	const dma_addr_t addr = dma_map_single(edu_device(edu), buffer, size, dir);
	int err = dma_mapping_error(edu_device(edu), addr);

	if (err)
		return err;
	err = edu_transfer(edu, addr, offset, size, dir);
	dma_unmap_single(edu_device(edu), addr, size, dir);
	return err;
}

TEST("the device answers through ioremap: it inverts what is written")
{
	NEED_EDU();
	EXPECT_EQ(edu_invert(edu, 0), ~0U);
	EXPECT_EQ(edu_invert(edu, 0x89600001), ~0x89600001U);
}

TEST("S252 its registers lie in no RAM: they have an address, but no struct page")
{
	const struct pci_dev *pdev;
	const struct resource *res;

	NEED_EDU();
	pdev = to_pci_dev(edu_device(edu));
	res = &pdev->resource[0];
	EXPECT_EQ(resource_size(res), SZ_1M);
	for (resource_size_t pa = res->start; pa < res->end; pa += PAGE_SIZE)
		ASSERT_TRUE(!pfn_valid(PFN_DOWN(pa)));
}

TEST("its registers are claimed: by the bus, in it the device, in it the driver")
{
	const struct pci_dev *pdev;
	const struct resource *res;

	NEED_EDU();
	pdev = to_pci_dev(edu_device(edu));
	res = resource_at(&iomem_resource, pdev->resource[0].start + 0x1000);
	ASSERT_NE(res, NULL);
	EXPECT_STREQ(res->name, "edu");
	EXPECT_STREQ(res->parent->name, pdev->name);
	EXPECT_STREQ(res->parent->parent->name, "PCI Bus 0000:00");
	EXPECT_EQ(request_mem_region(pdev->resource[0].start, 4, "other"), NULL);
}

TEST("an interrupt that is asked for arrives, once, and not another one")
{
	unsigned long before;

	NEED_EDU();
	before = edu_interrupts(edu);
	EXPECT_EQ(edu_raise(edu, 0x40), 0);
	EXPECT_EQ(edu_interrupts(edu), before + 1);
	EXPECT_EQ(edu_raise(edu, 0x80000000), 0);
	EXPECT_EQ(edu_interrupts(edu), before + 2);
	EXPECT_EQ(edu_raise(edu, 0), -EINVAL);
	EXPECT_EQ(edu_interrupts(edu), before + 2);
}

TEST("a factorial is computed by the device, which interrupts when it is done")
{
	unsigned long before;
	u32 result = 0;

	NEED_EDU();
	before = edu_interrupts(edu);
	EXPECT_EQ(edu_factorial(edu, 10, &result), 0);
	EXPECT_EQ(result, 3628800);
	EXPECT_EQ(edu_factorial(edu, 1, &result), 0);
	EXPECT_EQ(result, 1);
	EXPECT_EQ(edu_interrupts(edu), before + 2);
}

TEST("S203 S381 a GFP_DMA buffer goes to the device and comes back, with an interrupt for each way")
{
	unsigned char *out, *in;
	unsigned long before;

	NEED_EDU_DMA();
	before = edu_interrupts(edu);
	out = kmalloc(SIZE, GFP_KERNEL | GFP_DMA);
	in = kzalloc(SIZE, GFP_KERNEL | GFP_DMA);
	ASSERT_TRUE(out && in);
	fill_dma_buffer(out, SIZE);
	EXPECT_EQ(copy(edu, out, 0, SIZE, DMA_TO_DEVICE), 0);
	EXPECT_EQ(differences(out, SIZE), 0);
	EXPECT_EQ(copy(edu, in, 0, SIZE, DMA_FROM_DEVICE), 0);
	EXPECT_EQ(differences(in, SIZE), 0);
	EXPECT_EQ(edu_interrupts(edu), before + 2);
	kfree(out);
	kfree(in);
}

TEST("a transfer of the whole buffer, and of a part of it, moves these bytes and no others")
{
	unsigned char *buffer;

	NEED_EDU_DMA();
	buffer = kmalloc(PAGE_SIZE, GFP_KERNEL | GFP_DMA);
	ASSERT_NE(buffer, NULL);
	fill_dma_buffer(buffer, EDU_BUFFER_SIZE);
	EXPECT_EQ(copy(edu, buffer, 0, EDU_BUFFER_SIZE, DMA_TO_DEVICE), 0);
	memset(buffer, 0, PAGE_SIZE);
	EXPECT_EQ(copy(edu, buffer + 100, 100, 50, DMA_FROM_DEVICE), 0);
	for (int i = 0; i < 300; i++)
		ASSERT_EQ(buffer[i], i >= 100 && i < 150 ? dma_pattern(i) : 0);
	EXPECT_EQ(copy(edu, buffer, 0, EDU_BUFFER_SIZE, DMA_FROM_DEVICE), 0);
	EXPECT_EQ(differences(buffer, EDU_BUFFER_SIZE), 0);
	EXPECT_EQ(buffer[EDU_BUFFER_SIZE], 0);
	kfree(buffer);
}

TEST("a transfer that leaves the device's buffer is refused before the device sees it")
{
	NEED_EDU_DMA();
	EXPECT_EQ(edu_transfer(edu, 0, 0, 0, DMA_TO_DEVICE), -EINVAL);
	EXPECT_EQ(edu_transfer(edu, 0, 0, EDU_BUFFER_SIZE + 1, DMA_TO_DEVICE), -EINVAL);
	EXPECT_EQ(edu_transfer(edu, 0, EDU_BUFFER_SIZE, 1, DMA_TO_DEVICE), -EINVAL);
	EXPECT_EQ(edu_transfer(edu, 0, ~(size_t)0, 2, DMA_TO_DEVICE), -EINVAL);
	EXPECT_EQ(edu_transfer(edu, 0, 0, 4, DMA_BIDIRECTIONAL), -EINVAL);
}

// Memory that the device does not reach, or NULL where it reaches all.
static struct page *page_out_of_reach(struct edu *edu)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	if (page && !dma_reaches(&edu_device(edu)->dma, page_to_phys(page), PAGE_SIZE))
		return page;
	if (page)
		__free_page(page);
	return NULL;
}

TEST("S203 memory beyond the device's address bits is refused, with the device's and the caller's "
     "name")
{
	unsigned long before;
	struct page *page;

	NEED_EDU_DMA();
	page = page_out_of_reach(edu);
	if (!page)
		SKIP("the device reaches all memory of this machine");
	before = dma_mistakes;
	log_watch_begin();
	EXPECT_NE(dma_mapping_error(edu_device(edu),
				    dma_map_page(edu_device(edu), page, 0, SIZE, DMA_TO_DEVICE)),
		  0);
	EXPECT_EQ(log_seen(edu_device(edu)->name), 1);
	EXPECT_EQ(log_seen("not mapped for ktest_"), 1);
	EXPECT_EQ(log_seen("the device reaches addresses of the mask"), 1);
	log_watch_end();
	EXPECT_EQ(dma_mistakes, before + 1);
	__free_page(page);
}

TEST("S203 why that matters: given such an address all the same, the device takes other memory for "
     "it")
{
	const u64 mask = edu_dma_mask;
	unsigned char *low, *in;
	dma_addr_t wrong;

	NEED_EDU_DMA();
	low = kmalloc(SIZE, GFP_KERNEL | GFP_DMA);
	in = kzalloc(SIZE, GFP_KERNEL | GFP_DMA);
	ASSERT_TRUE(low && in);
	fill_dma_buffer(low, SIZE);
	// An address whose bits inside of the mask are those of `low`.
	wrong = ((u64)virt_to_phys(low) & mask) | 0x80000000;
	EXPECT_FALSE(dma_reaches(&edu_device(edu)->dma, (phys_addr_t)wrong, SIZE));
	EXPECT_EQ(edu_transfer(edu, wrong, 0, SIZE, DMA_TO_DEVICE), 0);
	EXPECT_EQ(copy(edu, in, 0, SIZE, DMA_FROM_DEVICE), 0);
	EXPECT_EQ(differences(in, SIZE), 0);
	kfree(low);
	kfree(in);
}

TEST("S381 a coherent buffer needs no map and no unmap, and goes with the driver's device")
{
	unsigned char *buffer;
	dma_addr_t handle;

	NEED_EDU_DMA();
	buffer = dmam_alloc_coherent(edu_device(edu), 2 * SIZE, &handle, GFP_KERNEL);
	ASSERT_NE(buffer, NULL);
	fill_dma_buffer(buffer, SIZE);
	EXPECT_EQ(edu_transfer(edu, handle, 0, SIZE, DMA_TO_DEVICE), 0);
	EXPECT_EQ(edu_transfer(edu, handle + SIZE, 0, SIZE, DMA_FROM_DEVICE), 0);
	EXPECT_EQ(differences(buffer + SIZE, SIZE), 0);
	dmam_free_coherent(edu_device(edu), 2 * SIZE, buffer, handle);
}

// Scattered on purpose: every other page of a block.
static bool take_scattered(struct page *pages[3])
{
	struct page *block = alloc_pages(GFP_KERNEL | GFP_DMA, 3);

	for (int i = 0; i < 3; i++)
		pages[i] = block ? block + 4 - 2 * i : NULL;
	return block != NULL;
}

TEST("S203 W38 vmalloc memory is refused as one buffer, and works page by page")
{
	struct page *pages[3];
	unsigned char *area, *in;
	const size_t size = EDU_BUFFER_SIZE / 3;

	NEED_EDU_DMA();
	in = kzalloc(EDU_BUFFER_SIZE, GFP_KERNEL | GFP_DMA);
	ASSERT_TRUE(in && take_scattered(pages));
	area = vmap(pages, 3, VM_MAP, PAGE_KERNEL);
	ASSERT_NE(area, NULL);
	log_watch_begin();
	EXPECT_NE(copy(edu, area, 0, SIZE, DMA_TO_DEVICE), 0);
	EXPECT_EQ(log_seen("of a vmalloc or ioremap area do not follow each other"), 1);
	log_watch_end();
	for (int i = 0; i < 3; i++) {
		dma_addr_t addr;

		for (size_t k = 0; k < size; k++)
			area[i * PAGE_SIZE + k] = dma_pattern(i * size + k);
		addr = dma_map_page(edu_device(edu), vmalloc_to_page(area + i * PAGE_SIZE), 0, size,
				    DMA_TO_DEVICE);
		ASSERT_EQ(dma_mapping_error(edu_device(edu), addr), 0);
		EXPECT_EQ(edu_transfer(edu, addr, i * size, size, DMA_TO_DEVICE), 0);
		dma_unmap_page(edu_device(edu), addr, size, DMA_TO_DEVICE);
	}
	EXPECT_EQ(copy(edu, in, 0, 3 * size, DMA_FROM_DEVICE), 0);
	EXPECT_EQ(differences(in, 3 * size), 0);
	vunmap(area);
	__free_pages(pages[2], 3);
	kfree(in);
}

TEST("a device that may not master the bus moves nothing")
{
	unsigned char *buffer;

	NEED_EDU_DMA();
	buffer = kmalloc(SIZE, GFP_KERNEL | GFP_DMA);
	ASSERT_NE(buffer, NULL);
	fill_dma_buffer(buffer, SIZE);
	EXPECT_EQ(copy(edu, buffer, 0, SIZE, DMA_TO_DEVICE), 0);
	memset(buffer, 0, SIZE);
	pci_clear_master(to_pci_dev(edu_device(edu)));
	EXPECT_EQ(copy(edu, buffer, 0, SIZE, DMA_FROM_DEVICE), 0);
	EXPECT_EQ(buffer[0], 0);
	pci_set_master(to_pci_dev(edu_device(edu)));
	EXPECT_EQ(copy(edu, buffer, 0, SIZE, DMA_FROM_DEVICE), 0);
	EXPECT_EQ(differences(buffer, SIZE), 0);
	kfree(buffer);
}

static irqreturn_t nobody(int irq, void *data)
{
	return IRQ_NONE;
}

TEST("the driver leaves and comes back: interrupt, registers and region are given back, the device "
     "is off meanwhile")
{
	struct pci_dev *pdev;
	dma_addr_t handle;
	int irq;

	NEED_EDU();
	pdev = to_pci_dev(edu_device(edu));
	irq = device_get_irq(&pdev->dev, 0);
	// What the driver's owner forgets, devres does not.
	EXPECT_NE(dmam_alloc_coherent(&pdev->dev, SIZE, &handle, GFP_KERNEL), NULL);
	pci_unregister_driver(&edu_driver);
	EXPECT_EQ(edu_first(), NULL);
	EXPECT_EQ(pdev->dev.driver, NULL);
	EXPECT_EQ(pci_read_config_word(pdev, PCI_COMMAND) &
			  (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER),
		  0);
	EXPECT_STREQ(resource_at(&iomem_resource, pdev->resource[0].start)->name, pdev->name);
	EXPECT_EQ(pdev->dev.dma.mapped, 0);
	EXPECT_EQ(request_irq(irq, nobody, 0, "nobody", &handle), 0); // it is free
	free_irq(irq, &handle);
	pci_register_driver(&edu_driver);
	edu = edu_first();
	ASSERT_NE(edu, NULL);
	EXPECT_EQ(edu_raise(edu, 1 << 9), 0);
}

TEST("a mapping that a driver leaves behind is reported when it leaves, with who made it")
{
	unsigned long before;
	struct pci_dev *pdev;
	dma_addr_t addr;
	char *buffer;

	NEED_EDU_DMA();
	pdev = to_pci_dev(edu_device(edu));
	before = dma_mistakes;
	buffer = kmalloc(64, GFP_KERNEL | GFP_DMA);
	ASSERT_NE(buffer, NULL);
	addr = dma_map_single(&pdev->dev, buffer, 64, DMA_TO_DEVICE);
	ASSERT_EQ(dma_mapping_error(&pdev->dev, addr), 0);
	log_watch_begin();
	pci_unregister_driver(&edu_driver);
	EXPECT_EQ(dma_mistakes, before + 1);
	EXPECT_EQ(log_seen("given back"), 1);
	EXPECT_EQ(log_seen("by ktest_"), CONFIG_DEBUG);
	dma_unmap_single(&pdev->dev, addr, 64, DMA_TO_DEVICE);
	pci_register_driver(&edu_driver);
	log_watch_end();
	EXPECT_NE(edu_first(), NULL);
	kfree(buffer);
}
