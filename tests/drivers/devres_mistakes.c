// SPDX-License-Identifier: MIT
// Managed resources that are given back by hand: rightly, twice, by the wrong function. A mistake is reported
// with the caller, and harms nothing.

#include <drivers/devres.h>
#include <kernel/ktest.h>
#include <lib/string.h>
#include <mm/ioremap.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "log_watch.h"
#include "toy_device.h"

SUITE("devres_mistakes");

TEST("each can be given back by hand by its devm_ function, and then is not released once more")
{
	struct device *dev = lone_device();
	const phys_addr_t at = dev ? dev->resource[0].start : 0;
	void __iomem *regs;

	ASSERT_NE(dev, NULL);
	devm_kfree(dev, devm_kmalloc(dev, 10, GFP_KERNEL));
	ASSERT_EQ(devm_request_irq(dev, TEST_IRQ, no_handler, 0, NULL, dev), 0);
	devm_free_irq(dev, TEST_IRQ, dev);
	ASSERT_NE(devm_request_mem_region(dev, at, 0x10, "regs"), NULL);
	devm_release_mem_region(dev, at, 0x10);
	ASSERT_NE(devm_request_region(dev, TEST_PORT, 8, "ports"), NULL);
	devm_release_region(dev, TEST_PORT, 8);
	regs = devm_ioremap(dev, at, 0x10);
	ASSERT_TRUE(regs != NULL);
	devm_iounmap(dev, regs);
	ASSERT_EQ(devm_add_action(dev, note_action, "removed"), 0);
	devm_remove_action(dev, note_action, "removed");
	ASSERT_EQ(devm_add_action_or_reset(dev, note_action, "called"), 0);
	devm_release_action(dev, note_action, "called");
	EXPECT_STREQ(trace, "called");
	EXPECT_EQ(devres_release_all(dev), 0);
	remove_device(dev);
}

TEST("giving back what the device does not have is reported with the caller, and nothing is harmed")
{
	struct device *dev = lone_device();
	const phys_addr_t at = dev ? dev->resource[0].start : 0;
	const unsigned long mistakes = devres_mistakes;
	void *foreign = kmalloc(10, GFP_KERNEL);
	void __iomem *regs = ioremap(at, 1);

	ASSERT_NE(dev, NULL);
	ASSERT_NE(foreign, NULL);
	ASSERT_TRUE(regs != NULL);
	ASSERT_NE(request_mem_region(at, 0x10, "others"), NULL);
	log_watch_begin();
	devm_kfree(dev, foreign);
	devm_free_irq(dev, TEST_IRQ, dev);
	devm_release_mem_region(dev, at, 0x10);
	devm_release_region(dev, TEST_PORT, 8);
	devm_iounmap(dev, regs);
	devm_remove_action(dev, note_action, "none");
	devm_release_action(dev, note_action, "none");
	log_watch_end();
	EXPECT_EQ(devres_mistakes, mistakes + 7);
	EXPECT_EQ(log_seen("the device does not have that, called by ktest_"), 7);
	EXPECT_STREQ(trace, "");
	iounmap(regs);
	release_mem_region(at, 0x10);
	kfree(foreign);
	remove_device(dev);
}

TEST("what was freed by hand without devm_ is reported when the device leaves, and nothing is "
     "harmed")
{
	struct device *dev = lone_device();
	const phys_addr_t at = dev ? dev->resource[0].start : 0;
	const unsigned long of_regions = resource_mistakes, of_areas = vmalloc_mistakes;

	ASSERT_NE(dev, NULL);
	ASSERT_NE(devm_request_mem_region(dev, at, 0x10, "regs"), NULL);
	ASSERT_EQ(devm_request_irq(dev, TEST_IRQ, no_handler, 0, NULL, dev), 0);
	release_mem_region(at, 0x10);
	free_irq(TEST_IRQ, dev);
	iounmap(devm_ioremap(dev, at, 0x10));
	log_watch_begin();
	EXPECT_EQ(devres_release_all(dev), 3);
	log_watch_end();
	EXPECT_EQ(resource_mistakes, of_regions + 1);
	EXPECT_EQ(vmalloc_mistakes, of_areas + 1);
	EXPECT_EQ(log_seen("free_irq: interrupt 7 does not belong"), 1);
	remove_device(dev);
}
