// SPDX-License-Identifier: MIT
// The devm_ functions: each acquires a resource and records with the device how to release it.
//
// Linux: drivers/base/devres.c, kernel/irq/devres.c, lib/devres.c, kernel/resource.c.

#include <abi/errno.h>
#include <drivers/device.h>
#include <drivers/devres.h>
#include <mm/ioremap.h>
#include <mm/slab.h>

static void report_not_owned(struct device *dev, const char *function, unsigned long caller)
{
	devres_mistakes++;
	dev_err(dev, "%s: the device does not have that, called by %pS\n", function,
		(void *)caller);
}

// ---- Memory -------------------------------------------------------------------------------------

// Nothing to do: the memory is part of the devres entry and is freed with it.
static void release_memory(struct device *dev, void *res)
{
}

static bool is_devm_memory(struct device *dev, void *res, const void *p)
{
	return res == p;
}

void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp)
{
	void *p;

	if (size == 0)
		return ZERO_SIZE_PTR;
	p = devres_alloc(release_memory, size, gfp);
	if (p)
		devres_add(dev, p);
	return p;
}

void devm_kfree(struct device *dev, const void *p)
{
	if (!ZERO_OR_NULL_PTR(p) && devres_destroy(dev, release_memory, is_devm_memory, p) != 0)
		report_not_owned(dev, "devm_kfree", __RETURN_ADDRESS);
}

// ---- Interrupts ---------------------------------------------------------------------------------

struct irq_note {
	unsigned int irq;
	void *dev_id;
};

static void release_irq(struct device *dev, void *res)
{
	const struct irq_note *note = res;

	free_irq(note->irq, note->dev_id);
}

static bool is_irq(struct device *dev, void *res, const void *data)
{
	const struct irq_note *note = res, *wanted = data;

	return note->irq == wanted->irq && note->dev_id == wanted->dev_id;
}

int devm_request_irq(struct device *dev, unsigned int irq, irq_handler_t handler,
		     unsigned long flags, const char *name, void *dev_id)
{
	struct irq_note *note = devres_alloc(release_irq, sizeof(*note), GFP_KERNEL);
	int err;

	if (!note)
		return -ENOMEM;
	err = request_irq(irq, handler, flags, name ? name : dev->name, dev_id);
	if (err) {
		devres_free(note);
		return err;
	}
	*note = (struct irq_note){ irq, dev_id };
	devres_add(dev, note);
	return 0;
}

void devm_free_irq(struct device *dev, unsigned int irq, void *dev_id)
{
	const struct irq_note wanted = { irq, dev_id };

	if (devres_release(dev, release_irq, is_irq, &wanted) != 0)
		report_not_owned(dev, "devm_free_irq", __RETURN_ADDRESS);
}

// ---- Regions ------------------------------------------------------------------------------------

struct region_note {
	struct resource *root;
	resource_size_t start, n;
};

static void release_region_note(struct device *dev, void *res)
{
	const struct region_note *note = res;

	__release_region(note->root, note->start, note->n);
}

static bool is_region(struct device *dev, void *res, const void *data)
{
	const struct region_note *note = res, *wanted = data;

	return note->root == wanted->root && note->start == wanted->start && note->n == wanted->n;
}

struct resource *__devm_request_region(struct device *dev, struct resource *root,
				       resource_size_t start, resource_size_t n, const char *name)
{
	struct region_note *note = devres_alloc(release_region_note, sizeof(*note), GFP_KERNEL);
	struct resource *res;

	if (!note)
		return NULL;
	res = __request_region(root, start, n, name);
	if (!res) {
		devres_free(note);
		return NULL;
	}
	*note = (struct region_note){ root, start, n };
	devres_add(dev, note);
	return res;
}

void __devm_release_region(struct device *dev, struct resource *root, resource_size_t start,
			   resource_size_t n)
{
	const struct region_note wanted = { root, start, n };

	if (devres_release(dev, release_region_note, is_region, &wanted) != 0)
		report_not_owned(dev, "devm_release_region", __RETURN_ADDRESS);
}

// ---- Registers ----------------------------------------------------------------------------------

struct map_note {
	void __iomem *addr;
};

static void release_map(struct device *dev, void *res)
{
	const struct map_note *note = res;

	iounmap(note->addr);
}

static bool is_map(struct device *dev, void *res, const void *data)
{
	const struct map_note *note = res, *wanted = data;

	return note->addr == wanted->addr;
}

static void __iomem *devm_map(struct device *dev, phys_addr_t pa, size_t size, pgprot_t prot,
			      unsigned long caller)
{
	struct map_note *note = devres_alloc(release_map, sizeof(*note), GFP_KERNEL);

	if (!note)
		return NULL;
	note->addr = ioremap_caller(pa, size, prot, caller);
	if (!note->addr) {
		devres_free(note);
		return NULL;
	}
	devres_add(dev, note);
	return note->addr;
}

void __iomem *devm_ioremap(struct device *dev, phys_addr_t pa, size_t size)
{
	return devm_map(dev, pa, size, PAGE_KERNEL_IO, __RETURN_ADDRESS);
}

void __iomem *devm_ioremap_wc(struct device *dev, phys_addr_t pa, size_t size)
{
	return devm_map(dev, pa, size, PAGE_KERNEL | PT_WC, __RETURN_ADDRESS);
}

void devm_iounmap(struct device *dev, void __iomem *addr)
{
	const struct map_note wanted = { addr };

	if (devres_release(dev, release_map, is_map, &wanted) != 0)
		report_not_owned(dev, "devm_iounmap", __RETURN_ADDRESS);
}

void __iomem *devm_ioremap_resource(struct device *dev, const struct resource *res)
{
	const char *const name = dev->driver ? dev->driver->name : dev->name;
	void __iomem *addr;

	if (!res || !(res->flags & IORESOURCE_MEM)) {
		dev_err(dev, "no registers: the resource is not of memory\n");
		return IOMEM_ERR_PTR(-EINVAL);
	}
	if (!devm_request_mem_region(dev, res->start, resource_size(res), name)) {
		dev_err(dev, "can't request region [mem %#010llx-%#010llx]\n", (u64)res->start,
			(u64)res->end);
		return IOMEM_ERR_PTR(-EBUSY);
	}
	addr = devm_map(dev, res->start, resource_size(res), PAGE_KERNEL_IO, __RETURN_ADDRESS);
	if (!addr) {
		dev_err(dev, "ioremap failed for [mem %#010llx-%#010llx]\n", (u64)res->start,
			(u64)res->end);
		devm_release_mem_region(dev, res->start, resource_size(res));
		return IOMEM_ERR_PTR(-ENOMEM);
	}
	return addr;
}

// ---- Anything else ------------------------------------------------------------------------------

struct action_note {
	void (*action)(void *data);
	void *data;
};

static void release_action(struct device *dev, void *res)
{
	const struct action_note *note = res;

	note->action(note->data);
}

static bool is_action(struct device *dev, void *res, const void *data)
{
	const struct action_note *note = res, *wanted = data;

	return note->action == wanted->action && note->data == wanted->data;
}

int devm_add_action(struct device *dev, void (*action)(void *data), void *data)
{
	struct action_note *note = devres_alloc(release_action, sizeof(*note), GFP_KERNEL);

	if (!note)
		return -ENOMEM;
	*note = (struct action_note){ action, data };
	devres_add(dev, note);
	return 0;
}

int devm_add_action_or_reset(struct device *dev, void (*action)(void *data), void *data)
{
	const int err = devm_add_action(dev, action, data);

	if (err)
		action(data);
	return err;
}

void devm_remove_action(struct device *dev, void (*action)(void *data), void *data)
{
	const struct action_note wanted = { action, data };

	if (devres_destroy(dev, release_action, is_action, &wanted) != 0)
		report_not_owned(dev, "devm_remove_action", __RETURN_ADDRESS);
}

void devm_release_action(struct device *dev, void (*action)(void *data), void *data)
{
	const struct action_note wanted = { action, data };

	if (devres_release(dev, release_action, is_action, &wanted) != 0)
		report_not_owned(dev, "devm_release_action", __RETURN_ADDRESS);
}
