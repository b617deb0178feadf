// SPDX-License-Identifier: MIT
// Managed resources: what a driver took goes with it, the last first, wherever its probe fails.

#include <abi/errno.h>
#include <arch/cache.h>
#include <drivers/devres.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/fault_inject.h>
#include <mm/ioremap.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "log_watch.h"
#include "toy_device.h"

SUITE("devres");

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
	EXPECT_EQ(devm_request_irq(dev, TEST_IRQ, no_handler, 0, "x", &trace), -EBUSY);
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

TEST("S380 devm_ioremap_resource without memory for a step of it keeps neither region nor note")
{
	struct device *dev = lone_device();
	const struct resource *res = &dev->resource[0];
	unsigned int n = 0;
	bool failed;

	ASSERT_NE(dev, NULL);
	do {
		void __iomem *regs;

		log_watch_begin();
		fail_nth(++n);
		regs = devm_ioremap_resource(dev, res);
		failed = fail_nth_done();
		fail_nth(0);
		log_watch_end();
		EXPECT_EQ(IS_ERR(regs), failed);
		EXPECT_EQ(resource_at(&iomem_resource, res->start) == res, failed);
		EXPECT_EQ(devres_release_all(dev), failed ? 0 : 2);
	} while (failed && n < 100);
	EXPECT_GE(n, 4);
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
				       .compatible = toy_names,
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
