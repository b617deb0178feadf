// SPDX-License-Identifier: MIT
// Drivers: what one leaves behind, what it finds of the one before, and how many devices it takes.

#include <abi/errno.h>
#include <drivers/device.h>
#include <drivers/devres.h>
#include <drivers/dma.h>
#include <kernel/ktest.h>
#include <lib/string.h>

#include "log_watch.h"
#include "toy_device.h"

SUITE("driver");

// ---- What it leaves behind --------------------------------------------------------------------------

static int probe_says;

static int careless_probe(struct device *dev)
{
	const struct resource *res = dev->resource;

	// Not by the devm_ function: nobody gives it back.
	return request_mem_region(res->start, 0x10, "careless") ? probe_says : -EBUSY;
}

static struct device_driver careless = { .name = "careless",
					 .compatible = toy_names,
					 .probe = careless_probe };

TEST("a region that a driver keeps is reported when it leaves, and stays claimed; the device goes")
{
	struct device *dev = new_device("devres.0", 0);
	const phys_addr_t at = dev ? dev->resource[0].start : 0;
	const unsigned long before = devres_mistakes;

	ASSERT_NE(dev, NULL);
	probe_says = 0;
	driver_register(&careless);
	ASSERT_EQ(device_register(dev), 0);
	EXPECT_EQ(dev->driver, &careless);
	log_watch_begin();
	remove_device(dev);
	log_watch_end();
	EXPECT_EQ(devres_mistakes, before + 1);
	EXPECT_EQ(log_seen("careless devres.0: still claimed: "), 1);
	EXPECT_STREQ(resource_at(&iomem_resource, at)->name, "careless");
	release_mem_region(at, 0x10);
	driver_unregister(&careless);
}

TEST("so is what a probe that fails has claimed; the device can come again around it")
{
	struct device *dev = new_device("devres.0", 0);
	const phys_addr_t at = dev ? dev->resource[0].start : 0;

	ASSERT_NE(dev, NULL);
	probe_says = -ENODEV;
	driver_register(&careless);
	log_watch_begin();
	ASSERT_EQ(device_register(dev), 0);
	log_watch_end();
	EXPECT_EQ(log_seen("careless devres.0: still claimed: "), 1);
	driver_unregister(&careless);
	device_unregister(dev);
	EXPECT_STREQ(resource_at(&iomem_resource, at)->name, "careless");
	ASSERT_EQ(device_register(dev), 0);
	EXPECT_EQ(resource_at(&iomem_resource, at + 0x10), &dev->resource[0]);
	EXPECT_STREQ(resource_at(&iomem_resource, at)->name, "careless");
	release_mem_region(at, 0x10);
	remove_device(dev);
}

static int mapping_probe(struct device *dev)
{
	void __iomem *regs = devm_ioremap_resource(dev, &dev->resource[0]);

	return IS_ERR(regs) ? PTR_ERR(regs) : 0;
}

TEST("a region that somebody else has is no driver's to give back: the probe fails, no more is "
     "said")
{
	static struct device_driver mapping = { .name = "mapping",
						.compatible = toy_names,
						.probe = mapping_probe };
	struct device *dev = new_device("devres.0", 0);
	const phys_addr_t at = dev ? dev->resource[0].start : 0;
	const unsigned long before = devres_mistakes;

	ASSERT_NE(dev, NULL);
	ASSERT_EQ(device_register(dev), 0);
	ASSERT_NE(request_mem_region(at, 0x10, "somebody"), NULL);
	log_watch_begin();
	driver_register(&mapping);
	log_watch_end();
	EXPECT_EQ(dev->probe_error, -EBUSY);
	EXPECT_EQ(log_seen("mapping devres.0: can't request region"), 1);
	EXPECT_EQ(log_seen("still claimed"), 0);
	EXPECT_EQ(devres_mistakes, before);
	driver_unregister(&mapping);
	release_mem_region(at, 0x10);
	remove_device(dev);
}

// ---- Who is told what, and when ---------------------------------------------------------------------

static int noted_probe(struct device *dev)
{
	note("probe");
	return 0;
}

static void noted_remove(struct device *dev)
{
	note("remove");
}

static const struct device_driver *seen_by_remove;

static void looking_remove(struct device *dev)
{
	seen_by_remove = device_find(dev->name) ? dev->driver : NULL;
}

TEST("a device that leaves is unknown before its driver is told: nothing finds it any more")
{
	static struct device_driver looking = { .name = "looking",
						.compatible = toy_names,
						.probe = noted_probe,
						.remove = looking_remove };
	struct device *dev = new_device("devres.0", 0);

	ASSERT_NE(dev, NULL);
	seen_by_remove = &looking;
	driver_register(&looking);
	ASSERT_EQ(device_register(dev), 0);
	remove_device(dev);
	EXPECT_EQ(seen_by_remove, NULL);
	driver_unregister(&looking);
}

static u64 mask_at_first;

static int wide_probe(struct device *dev)
{
	mask_at_first = dev->dma.mask;
	return dma_set_mask(dev, DMA_BIT_MASK(64));
}

TEST("each driver of a device begins with 32 address bits, whatever the last one has set")
{
	static struct device_driver wide = { .name = "wide",
					     .compatible = toy_names,
					     .probe = wide_probe };
	struct device *dev = new_device("devres.0", 0);

	ASSERT_NE(dev, NULL);
	ASSERT_EQ(device_register(dev), 0);
	for (int i = 0; i < 2; i++) {
		driver_register(&wide);
		EXPECT_EQ(dev->driver, &wide);
		EXPECT_EQ(mask_at_first, DMA_BIT_MASK(32));
		driver_unregister(&wide);
	}
	remove_device(dev);
}

TEST("a driver of one device refuses a second, says so, and takes it when it comes again alone")
{
	static struct device_driver one = { .name = "one",
					    .compatible = toy_names,
					    .probe = noted_probe,
					    .remove = noted_remove,
					    .single = true };
	struct device *first = new_device("devres.0", 0), *second = new_device("devres.1", 1);

	ASSERT_NE(first, NULL);
	ASSERT_NE(second, NULL);
	trace[0] = '\0';
	ASSERT_EQ(device_register(first), 0);
	ASSERT_EQ(device_register(second), 0);
	log_watch_begin();
	driver_register(&one);
	log_watch_end();
	EXPECT_EQ(log_seen("one devres.1: the driver is for one device, and has devres.0"), 1);
	EXPECT_EQ(first->driver, &one);
	EXPECT_EQ(second->driver, NULL);
	EXPECT_EQ(second->probe_error, -EBUSY);
	device_unregister(second);
	device_unregister(first);
	ASSERT_EQ(device_register(second), 0);
	EXPECT_EQ(second->driver, &one);
	EXPECT_EQ(second->probe_error, 0);
	EXPECT_STREQ(trace, "probe remove probe");
	driver_unregister(&one);
	remove_device(second);
	device_free(first);
}
