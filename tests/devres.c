// SPDX-License-Identifier: MIT
// Devices and managed resources: who is bound to whom, and that a driver leaves nothing behind, wherever
// its probe fails.

#include <abi/errno.h>
#include <arch/cache.h>
#include <drivers/device.h>
#include <drivers/devres.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/fault_inject.h>
#include <mm/ioremap.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "log_watch.h"

SUITE("devres");

// A device of this suite: nobody has these addresses, and nothing here touches them.
#define REGS_SIZE 0x100
#define TEST_IRQ  7
#define TEST_PORT 0xe896

// Looked for once: what has addresses here has them for good.
static phys_addr_t regs_at(void)
{
	static phys_addr_t pa;

	if (pa)
		return pa;
	pa = 0xf8000000;
	while (!request_mem_region(pa, REGS_SIZE * 128, "test"))
		pa -= 0x100000;
	release_mem_region(pa, REGS_SIZE * 128);
	return pa;
}

static struct device *new_device(const char *name, unsigned int index)
{
	const phys_addr_t at = regs_at() + index * REGS_SIZE;
	const struct resource res[] = { DEFINE_RES_MEM(at, REGS_SIZE), DEFINE_RES_IRQ(TEST_IRQ) };
	struct device *dev = device_alloc(name, res, ARRAY_SIZE(res));

	if (dev) {
		dev->compatible = "test,first\0test,device";
		dev->compatible_size = sizeof("test,first\0test,device");
	}
	return dev;
}

static void remove_device(struct device *dev)
{
	device_unregister(dev);
	device_free(dev);
}

// ---- What happened, in order ----------------------------------------------------------------------

static char trace[128];

static void note(const char *what)
{
	const size_t n = strlen(trace);

	snprintf(trace + n, sizeof(trace) - n, "%s%s", n ? " " : "", what);
}

static void note_action(void *data)
{
	note(data);
}

static irqreturn_t no_handler(int irq, void *dev)
{
	return IRQ_NONE;
}

// ---- Binding ------------------------------------------------------------------------------------

static const char *const names[] = { "test,other", "test,device", NULL };
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
	.name = "simple", .compatible = names, .probe = simple_probe, .remove = simple_remove
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

static void find_line(const char *line, void *arg)
{
	const char **wanted = arg;

	if (*wanted && strstr(line, *wanted))
		*wanted = NULL;
}

TEST("S254 the list of devices has each with its driver, registers and interrupt; iomem has it too")
{
	struct device *dev = new_device("devres.0", 0);
	const char *wanted = "devres.0 ", *irq = "    irq 7", *none = "(no driver)";

	ASSERT_NE(dev, NULL);
	ASSERT_EQ(device_register(dev), 0);
	EXPECT_EQ(device_find("devres.0"), dev);
	EXPECT_EQ(device_find("devres.1"), NULL);
	devices_show(find_line, &wanted);
	EXPECT_EQ(wanted, NULL);
	devices_show(find_line, &irq);
	EXPECT_EQ(irq, NULL);
	devices_show(find_line, &none);
	EXPECT_EQ(none, NULL);
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

// ---- Managed resources ----------------------------------------------------------------------------

// A registered device without a driver, for calls of the devm_ functions.
static struct device *lone_device(void)
{
	struct device *dev = new_device("devres.0", 0);

	if (dev && device_register(dev) != 0) {
		device_free(dev);
		dev = NULL;
	}
	trace[0] = '\0';
	return dev;
}

TEST("S374 S375 S376 what was taken last is released first")
{
	struct device *dev = lone_device();

	ASSERT_NE(dev, NULL);
	EXPECT_EQ(devm_add_action(dev, note_action, "1"), 0);
	EXPECT_NE(devm_kmalloc(dev, 100, GFP_KERNEL), NULL);
	EXPECT_EQ(devm_add_action(dev, note_action, "2"), 0);
	EXPECT_EQ(devm_add_action(dev, note_action, "3"), 0);
	EXPECT_EQ(devres_release_all(dev), 4);
	EXPECT_STREQ(trace, "3 2 1");
	EXPECT_EQ(devres_release_all(dev), 0);
	remove_device(dev);
}

TEST("S377 devm_kzalloc is zeroed, devm_kmalloc aligned like kmalloc, of any size, and both go")
{
	static const size_t sizes[] = { 1, 7, 100, 1000, 5000, 100000 };
	struct device *dev = lone_device();
	const unsigned long objects = slab_active_objects();

	ASSERT_NE(dev, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *p = devm_kmalloc(dev, sizes[i], GFP_KERNEL);
		u8 *z = devm_kzalloc(dev, sizes[i], GFP_KERNEL);

		ASSERT_NE(p, NULL);
		ASSERT_NE(z, NULL);
		EXPECT_TRUE(IS_ALIGNED((unsigned long)p, ARCH_KMALLOC_MINALIGN));
		memset(p, 0xff, sizes[i]);
		for (size_t n = 0; n < sizes[i]; n++)
			ASSERT_EQ(z[n], 0);
		if (i % 2)
			devm_kfree(dev, p);
	}
	EXPECT_EQ(devm_kmalloc(dev, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	devm_kfree(dev, ZERO_SIZE_PTR);
	devm_kfree(dev, NULL);
	log_watch_begin();
	EXPECT_EQ(devm_kmalloc(dev, KMALLOC_MAX_SIZE + 1UL, GFP_KERNEL), NULL);
	EXPECT_EQ(devm_kmalloc(dev, ~(size_t)0, GFP_KERNEL), NULL);
	log_watch_end();
	devres_release_all(dev);
	EXPECT_EQ(slab_active_objects(), objects);
	remove_device(dev);
}

TEST("S378 devm_request_irq: taken, and free again afterwards; one that is taken is -EBUSY")
{
	struct device *dev = lone_device();

	ASSERT_NE(dev, NULL);
	ASSERT_EQ(devm_request_irq(dev, TEST_IRQ, no_handler, 0, NULL, dev), 0);
	EXPECT_EQ(devm_request_irq(dev, TEST_IRQ, no_handler, 0, "x", &probe_says), -EBUSY);
	EXPECT_EQ(devm_request_irq(dev, NR_IRQS, no_handler, 0, "x", dev), -EINVAL);
	EXPECT_EQ(devres_release_all(dev), 1);
	ASSERT_EQ(request_irq(TEST_IRQ, no_handler, 0, "test", dev), 0);
	free_irq(TEST_IRQ, dev);
	remove_device(dev);
}

TEST("S379 devm_request_mem_region and devm_request_region hold their ranges until the release")
{
	struct device *dev = lone_device();
	const phys_addr_t at = dev ? dev->resource[0].start : 0;

	ASSERT_NE(dev, NULL);
	ASSERT_NE(devm_request_mem_region(dev, at, 0x10, "regs"), NULL);
	ASSERT_NE(devm_request_region(dev, TEST_PORT, 8, "ports"), NULL);
	EXPECT_EQ(request_mem_region(at + 8, 1, "other"), NULL);
	EXPECT_EQ(devm_request_mem_region(dev, at + 8, 1, "other"), NULL);
	EXPECT_EQ(request_region(TEST_PORT + 7, 1, "other"), NULL);
	EXPECT_EQ(devres_release_all(dev), 2);
	ASSERT_NE(request_region(TEST_PORT + 7, 1, "other"), NULL);
	release_region(TEST_PORT + 7, 1);
	EXPECT_EQ(resource_at(&iomem_resource, at), &dev->resource[0]);
	remove_device(dev);
}

TEST("S380 devm_ioremap_resource claims and maps; its ERR_PTR says what went wrong")
{
	struct device *dev = lone_device();
	const unsigned long used = vmalloc_used();
	const struct resource *res = &dev->resource[0];
	void __iomem *regs;

	ASSERT_NE(dev, NULL);
	log_watch_begin();
	EXPECT_EQ(PTR_ERR(devm_ioremap_resource(dev, NULL)), -EINVAL);
	EXPECT_EQ(PTR_ERR(devm_ioremap_resource(dev, &dev->resource[1])), -EINVAL);
	regs = devm_ioremap_resource(dev, res);
	ASSERT_TRUE(!IS_ERR(regs));
	EXPECT_EQ(PTR_ERR(devm_ioremap_resource(dev, res)), -EBUSY);
	log_watch_end();
	EXPECT_EQ(log_seen("can't request region [mem "), 1);
	EXPECT_EQ(log_seen("the resource is not of memory"), 2);
	EXPECT_STREQ(resource_at(&iomem_resource, res->start)->name, dev->name);
	EXPECT_NE(find_vm_area((__force void *)regs), NULL);
	EXPECT_EQ(devres_release_all(dev), 2);
	EXPECT_EQ(vmalloc_used(), used);
	EXPECT_EQ(resource_at(&iomem_resource, res->start), res);
	remove_device(dev);
}

TEST("devm_ioremap and devm_ioremap_wc of what ioremap refuses: NULL, and nothing is noted")
{
	struct device *dev = lone_device();

	ASSERT_NE(dev, NULL);
	log_watch_begin();
	EXPECT_TRUE(devm_ioremap(dev, dev->resource[0].start, 0) == NULL);
	EXPECT_TRUE(devm_ioremap_wc(dev, dev->resource[0].start, 0) == NULL);
	log_watch_end();
	EXPECT_EQ(devres_release_all(dev), 0);
	ASSERT_TRUE(devm_ioremap_wc(dev, dev->resource[0].start, 1) != NULL);
	EXPECT_EQ(devres_release_all(dev), 1);
	remove_device(dev);
}

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

// ---- Kinds of one's own ---------------------------------------------------------------------------

static void release_number(struct device *dev, void *res)
{
	char text[12];

	snprintf(text, sizeof(text), "%d", *(int *)res);
	note(text);
}

static bool is_number(struct device *dev, void *res, const void *data)
{
	return *(int *)res == *(const int *)data;
}

TEST("S375 devres_find, _remove, _destroy and _release: the last that matches")
{
	struct device *dev = lone_device();
	int *number[4], two = 2, seven = 7;

	ASSERT_NE(dev, NULL);
	devres_free(devres_alloc(release_number, 4, GFP_KERNEL));
	devres_free(NULL);
	for (int i = 0; i < 4; i++) {
		number[i] = devres_alloc(release_number, sizeof(int), GFP_KERNEL);
		ASSERT_NE(number[i], NULL);
		EXPECT_EQ(*number[i], 0);
		*number[i] = i;
		devres_add(dev, number[i]);
	}
	EXPECT_EQ(devres_find(dev, release_number, NULL, NULL), number[3]);
	EXPECT_EQ(devres_find(dev, release_number, is_number, &two), number[2]);
	EXPECT_EQ(devres_find(dev, release_number, is_number, &seven), NULL);
	EXPECT_EQ(devres_release(dev, release_number, is_number, &two), 0);
	EXPECT_EQ(devres_release(dev, release_number, is_number, &two), -ENOENT);
	EXPECT_STREQ(trace, "2");
	EXPECT_EQ(devres_destroy(dev, release_number, NULL, NULL), 0);
	EXPECT_EQ(devres_destroy(dev, release_number, is_number, &two), -ENOENT);
	EXPECT_EQ(devres_remove(dev, release_number, NULL, NULL), number[1]);
	devres_free(number[1]);
	EXPECT_EQ(devres_release_all(dev), 1);
	EXPECT_STREQ(trace, "2 0");
	remove_device(dev);
}

// ---- A probe that fails anywhere --------------------------------------------------------------------

// Takes one of everything.
static int greedy_probe(struct device *dev)
{
	const struct resource *res = device_get_resource(dev, IORESOURCE_MEM, 0);
	void __iomem *regs;
	u32 *data = devm_kzalloc(dev, 100, GFP_KERNEL);
	int err;

	if (!data)
		return -ENOMEM;
	regs = devm_ioremap_resource(dev, res);
	if (IS_ERR(regs))
		return PTR_ERR(regs);
	if (!devm_request_region(dev, TEST_PORT, 8, dev->name))
		return -EBUSY;
	err = devm_request_irq(dev, device_get_irq(dev, 0), no_handler, 0, NULL, dev);
	if (err)
		return err;
	return devm_add_action_or_reset(dev, note_action, "action");
}

static struct device_driver greedy = { .name = "greedy",
				       .compatible = names,
				       .probe = greedy_probe };

TEST("S374 S376 a probe that fails at any of its steps leaves nothing behind")
{
	struct device *dev = new_device("devres.0", 0);
	const unsigned long used = vmalloc_used();
	unsigned int n = 0;
	bool failed;

	ASSERT_NE(dev, NULL);
	ASSERT_EQ(device_register(dev), 0);
	const unsigned long objects = slab_active_objects();

	do {
		log_watch_begin();
		fail_nth(++n);
		driver_register(&greedy);
		failed = fail_nth_done();
		fail_nth(0);
		log_watch_end();
		EXPECT_EQ(dev->driver == NULL, failed);
		EXPECT_EQ(dev->probe_error != 0, failed);
		driver_unregister(&greedy);
		EXPECT_EQ(slab_active_objects(), objects);
		EXPECT_EQ(vmalloc_used(), used);
		EXPECT_EQ(resource_at(&iomem_resource, dev->resource[0].start), &dev->resource[0]);
		ASSERT_NE(request_region(TEST_PORT, 8, "free"), NULL);
		release_region(TEST_PORT, 8);
		ASSERT_EQ(request_irq(TEST_IRQ, no_handler, 0, "free", dev), 0);
		free_irq(TEST_IRQ, dev);
	} while (failed && n < 100);
	EXPECT_GE(n, 8);
	EXPECT_LT(n, 100);
	remove_device(dev);
}

TEST("without memory for a device there is none, and the next one is whole")
{
	fail_nth(1);
	EXPECT_EQ(device_alloc("devres.0", NULL, 0), NULL);
	EXPECT_TRUE(fail_nth_done());
	fail_nth(0);
	device_free(device_alloc("devres.0", NULL, 0));
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
				       .compatible = names,
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
