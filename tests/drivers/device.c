// SPDX-License-Identifier: MIT
// Devices and drivers: who is bound to whom, and what is known of a device.

#include <abi/errno.h>
#include <drivers/device.h>
#include <drivers/devres.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/fault_inject.h>
#include <mm/vmalloc.h>

#include "log_watch.h"
#include "toy_device.h"

SUITE("device");

static int probe_says;

static int simple_probe(struct device *dev)
{
	note("probe");
	if (devm_add_action(dev, note_action, "released") != 0)
		return -ENOMEM;
	dev_set_drvdata(dev, &probe_says);
	return probe_says;
}

static void simple_remove(struct device *dev)
{
	EXPECT_EQ(dev_get_drvdata(dev), &probe_says);
	note("remove");
}

static struct device_driver simple = {
	.name = "simple", .compatible = toy_names, .probe = simple_probe, .remove = simple_remove
};

TEST("a device finds its driver, and a driver its devices, whichever comes first")
{
	struct device *dev = new_device("devres.0", 0);

	ASSERT_NE(dev, NULL);
	trace[0] = '\0';
	probe_says = 0;
	ASSERT_EQ(device_register(dev), 0);
	EXPECT_EQ(dev->driver, NULL);
	driver_register(&simple);
	EXPECT_EQ(dev->driver, &simple);
	device_unregister(dev);
	EXPECT_STREQ(trace, "probe remove released");
	ASSERT_EQ(device_register(dev), 0);
	EXPECT_EQ(dev->driver, &simple);
	driver_unregister(&simple);
	EXPECT_EQ(dev->driver, NULL);
	EXPECT_EQ(dev_get_drvdata(dev), NULL);
	EXPECT_STREQ(trace, "probe remove released probe remove released");
	remove_device(dev);
}

TEST("a probe that fails is reported once, and the device stays without a driver until another "
     "comes")
{
	struct device *dev = new_device("devres.0", 0);

	ASSERT_NE(dev, NULL);
	trace[0] = '\0';
	probe_says = -EIO;
	ASSERT_EQ(device_register(dev), 0);
	log_watch_begin();
	driver_register(&simple);
	log_watch_end();
	EXPECT_EQ(log_seen("simple devres.0: probe failed with error -5"), 1);
	EXPECT_EQ(dev->driver, NULL);
	EXPECT_EQ(dev->probe_error, -EIO);
	EXPECT_STREQ(trace, "probe released");
	driver_unregister(&simple);
	probe_says = -ENODEV; // not there after all: no news
	log_watch_begin();
	driver_register(&simple);
	log_watch_end();
	EXPECT_EQ(log_seen("probe failed"), 0);
	driver_unregister(&simple);
	probe_says = 0;
	driver_register(&simple);
	EXPECT_EQ(dev->driver, &simple);
	driver_unregister(&simple);
	remove_device(dev);
}

TEST("what was taken for a device without a driver is released when it is unregistered")
{
	struct device *dev = lone_device();

	ASSERT_NE(dev, NULL);
	ASSERT_EQ(devm_add_action(dev, note_action, "first"), 0);
	ASSERT_EQ(devm_add_action(dev, note_action, "second"), 0);
	remove_device(dev);
	EXPECT_STREQ(trace, "second first");
}

TEST("a device with managed resources from before is not probed: -EBUSY and a line, and it keeps "
     "them")
{
	struct device *dev = lone_device();

	ASSERT_NE(dev, NULL);
	ASSERT_EQ(devm_add_action(dev, note_action, "before"), 0);
	probe_says = 0;
	log_watch_begin();
	driver_register(&simple);
	log_watch_end();
	EXPECT_EQ(log_seen("simple devres.0: not probed: it has managed resources from before"), 1);
	EXPECT_EQ(dev->driver, NULL);
	EXPECT_EQ(dev->probe_error, -EBUSY);
	EXPECT_STREQ(trace, "");
	driver_unregister(&simple);
	EXPECT_EQ(devres_release_all(dev), 1);
	driver_register(&simple); // nothing stands in its way any more
	EXPECT_EQ(dev->driver, &simple);
	driver_unregister(&simple);
	remove_device(dev);
}

struct rows {
	bool inside;
	char text[160];
};

// Keeps the rows of devres.0: from its name to the next device, whose row begins without a blank.
static void keep_row(const char *line, void *arg)
{
	struct rows *rows = arg;
	const size_t n = strlen(rows->text);

	if (line[0] != ' ')
		rows->inside = strstr(line, "devres.0 ") == line;
	if (rows->inside)
		snprintf(rows->text + n, sizeof(rows->text) - n, "%s\n", line);
}

static void expect_rows(const struct device *dev, const char *driver)
{
	struct rows rows = { 0 };
	char wanted[sizeof(rows.text)];

	snprintf(wanted, sizeof(wanted), "%-24s %s\n    mem %08llx-%08llx\n    irq %u\n",
		 "devres.0", driver, (u64)dev->resource[0].start, (u64)dev->resource[0].end,
		 TEST_IRQ);
	devices_show(keep_row, &rows);
	EXPECT_STREQ(rows.text, wanted);
}

TEST("S254 the list of devices has each with its driver, registers and interrupt; iomem has it too")
{
	struct device *dev = new_device("devres.0", 0);

	ASSERT_NE(dev, NULL);
	ASSERT_EQ(device_register(dev), 0);
	EXPECT_EQ(device_find("devres.0"), dev);
	EXPECT_EQ(device_find("devres.1"), NULL);
	expect_rows(dev, "(no driver)");
	probe_says = 0;
	driver_register(&simple);
	expect_rows(dev, "simple");
	driver_unregister(&simple);
	EXPECT_STREQ(resource_at(&iomem_resource, dev->resource[0].start)->name, "devres.0");
	remove_device(dev);
	EXPECT_EQ(device_find("devres.0"), NULL);
}

TEST("a device whose registers overlap another's is refused, and nothing of it stays in iomem")
{
	const phys_addr_t at = regs_at();
	const struct resource res[] = { DEFINE_RES_MEM(at + REGS_SIZE, REGS_SIZE),
					DEFINE_RES_MEM(at + REGS_SIZE / 2, REGS_SIZE) };
	struct device *first = new_device("devres.0", 0),
		      *second = device_alloc("devres.1", res, 2);
	const struct resource *there =
		resource_at(&iomem_resource, at + REGS_SIZE); // a bus, or nobody

	ASSERT_NE(first, NULL);
	ASSERT_NE(second, NULL);
	ASSERT_EQ(device_register(first), 0);
	log_watch_begin();
	EXPECT_EQ(device_register(second), -EBUSY);
	log_watch_end();
	EXPECT_EQ(log_seen("overlaps another device"), 1);
	EXPECT_EQ(resource_at(&iomem_resource, at + REGS_SIZE), there);
	device_free(second);
	remove_device(first);
}

TEST("resources are found by kind and number, names by each of the strings")
{
	const struct resource res[] = { DEFINE_RES_IRQ(3), DEFINE_RES_IO(0xe000, 8),
					DEFINE_RES_IRQ(5), DEFINE_RES_IO(0xe010, 8) };
	struct device *dev = device_alloc("devres.0", res, ARRAY_SIZE(res));

	ASSERT_NE(dev, NULL);
	EXPECT_EQ(device_get_irq(dev, 0), 3);
	EXPECT_EQ(device_get_irq(dev, 1), 5);
	EXPECT_EQ(device_get_irq(dev, 2), -ENODEV);
	EXPECT_EQ(device_get_resource(dev, IORESOURCE_IO, 1)->start, 0xe010);
	EXPECT_EQ(device_get_resource(dev, IORESOURCE_MEM, 0), NULL);
	EXPECT_FALSE(device_is_compatible(dev, "test,device"));
	dev->compatible = "test,first\0test,device";
	dev->compatible_size = sizeof("test,first\0test,device");
	EXPECT_TRUE(device_is_compatible(dev, "test,first"));
	EXPECT_TRUE(device_is_compatible(dev, "test,device"));
	EXPECT_FALSE(device_is_compatible(dev, "test"));
	device_free(dev);
	device_free(NULL);
}

TEST("without memory for a device there is none, and the next one is whole")
{
	struct device *dev;

	fail_nth(1);
	EXPECT_EQ(device_alloc("devres.0", NULL, 0), NULL);
	EXPECT_TRUE(fail_nth_done());
	fail_nth(0);
	dev = device_alloc("devres.0", NULL, 0);
	ASSERT_NE(dev, NULL);
	EXPECT_STREQ(dev->name, "devres.0");
	EXPECT_EQ(dev->num_resources, 0);
	device_free(dev);
}

#define MANY 100

static int modest_probe(struct device *dev)
{
	void __iomem *regs = devm_ioremap_resource(dev, &dev->resource[0]);

	if (IS_ERR(regs))
		return PTR_ERR(regs);
	return devm_kzalloc(dev, 32, GFP_KERNEL) ? 0 : -ENOMEM;
}

static struct device_driver modest = { .name = "modest",
				       .compatible = toy_names,
				       .probe = modest_probe };

TEST("100 devices: all get the driver, each with registers of its own; all of it goes with the "
     "driver")
{
	static struct device *dev[MANY];
	static char name[MANY][16];
	const unsigned long used = vmalloc_used();

	for (int i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof(name[i]), "devres.%d", i);
		dev[i] = new_device(name[i], i);
		ASSERT_NE(dev[i], NULL);
	}
	for (int i = 0; i < MANY / 2; i++)
		ASSERT_EQ(device_register(dev[i]), 0);
	driver_register(&modest);
	for (int i = MANY / 2; i < MANY; i++)
		ASSERT_EQ(device_register(dev[i]), 0);
	for (int i = 0; i < MANY; i++)
		EXPECT_EQ(dev[i]->driver, &modest);
	EXPECT_EQ(vmalloc_used() - used, MANY * 2 * PAGE_SIZE);
	driver_unregister(&modest);
	EXPECT_EQ(vmalloc_used(), used);
	for (int i = 0; i < MANY; i++)
		remove_device(dev[i]);
}
