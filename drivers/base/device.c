// SPDX-License-Identifier: MIT
// Devices and drivers: two lists, and the binding between them.
//
// Owns: the lists; dev->driver. Locks: [d] devices.mutex protects readers. It is not held while a driver
// runs, because a bus driver's probe() registers the devices that it finds. Only one thread at a time
// makes changes (drivers/device.h).
// Rules: devres releases everything that a failed probe has allocated.
// Linux: drivers/base/core.c, dd.c, bus.c and platform.c.

#include <abi/errno.h>
#include <drivers/device.h>
#include <kernel/mutex.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/slab.h>

static struct {
	struct mutex mutex;
	struct list_head list;    // [d]
	struct list_head drivers; // [d]
} devices = {
	.mutex = MUTEX_INIT(devices.mutex, "devices"),
	.list = LIST_HEAD_INIT(devices.list),
	.drivers = LIST_HEAD_INIT(devices.drivers),
};

// ---- Matching -----------------------------------------------------------------------------------

bool device_is_compatible(const struct device *dev, const char *name)
{
	const char *s = dev->compatible, *end = s + dev->compatible_size;

	for (; s < end; s += strlen(s) + 1)
		if (strcmp(s, name) == 0)
			return true;
	return false;
}

static bool platform_match(const struct device *dev, const struct device_driver *drv)
{
	for (const char *const *name = drv->compatible; name && *name; name++)
		if (device_is_compatible(dev, *name))
			return true;
	return false;
}

const struct bus_type platform_bus = { "platform", platform_match };

static bool match(const struct device *dev, const struct device_driver *drv)
{
	const struct bus_type *bus = dev->bus ? dev->bus : &platform_bus;

	return bus == (drv->bus ? drv->bus : &platform_bus) && bus->match(dev, drv);
}

// ---- Choosing -------------------------------------------------------------------------------------

// Binds the first matching driver to the device and returns it; NULL: none.
static const struct device_driver *choose_driver(struct device *dev)
{
	struct device_driver *drv;

	mutex_lock(&devices.mutex);
	list_for_each_entry (drv, &devices.drivers, node) {
		if (!match(dev, drv))
			continue;
		dev->driver = dev->tried = drv;
		break;
	}
	mutex_unlock(&devices.mutex);
	return dev->driver;
}

// Finds the first matching device without a driver that drv has not tried, binds drv and returns the
// device; NULL: none.
static struct device *choose_device(const struct device_driver *drv)
{
	struct device *dev, *found = NULL;

	mutex_lock(&devices.mutex);
	list_for_each_entry (dev, &devices.list, node) {
		if (dev->driver || dev->tried == drv || !match(dev, drv))
			continue;
		dev->driver = dev->tried = drv;
		found = dev;
		break;
	}
	mutex_unlock(&devices.mutex);
	return found;
}

// The first device of this driver other than `but`, or NULL.
static struct device *device_of(const struct device_driver *drv, const struct device *but)
{
	struct device *dev, *found = NULL;

	mutex_lock(&devices.mutex);
	list_for_each_entry (dev, &devices.list, node)
		if (!found && dev != but && dev->driver == drv)
			found = dev;
	mutex_unlock(&devices.mutex);
	return found;
}

// ---- Leaks ----------------------------------------------------------------------------------------

static void show_claims(const struct device *dev, void (*line)(const char *row, void *arg),
			void *arg)
{
	for (unsigned int i = 0; i < dev->num_resources; i++)
		if (READ_ONCE(dev->resource[i].child)) // rare
			resource_show(&dev->resource[i], line, arg);
}

static void count_claim(const char *row, void *count)
{
	++*(unsigned int *)count;
}

static unsigned int count_claims(const struct device *dev)
{
	unsigned int count = 0;

	show_claims(dev, count_claim, &count);
	return count;
}

static void report_claim(const char *row, void *dev)
{
	dev_err((struct device *)dev, "still claimed: %s\n", row);
}

static void report_leaks(struct device *dev)
{
	const unsigned int claims = count_claims(dev);

	if (claims > dev->foreign_claims) {
		devres_mistakes += claims - dev->foreign_claims;
		show_claims(dev, report_claim, dev);
	}
	dma_reach_leaks(&dev->dma);
}

// ---- Starting and stopping ------------------------------------------------------------------------

static void unbind_driver(struct device *dev)
{
	devres_release_all(dev);
	report_leaks(dev);
	dev->drvdata = NULL;
	dev->driver = NULL;
}

static bool is_second(const struct device *dev)
{
	const struct device *first = dev->driver->single ? device_of(dev->driver, dev) : NULL;

	if (first)
		dev_err(dev, "the driver is for one device, and has %s\n", first->name);
	return first;
}

// A resource managed before the device had a driver would be released together with the driver, while its
// user still needs it. So refuse to probe.
static bool is_in_use(struct device *dev)
{
	if (list_empty(&dev->devres))
		return false;
	dev_err(dev, "not probed: it has managed resources from before\n");
	dev->probe_error = -EBUSY;
	dev->driver = NULL;
	return true;
}

// dev->driver is already set.
static void start_device(struct device *dev)
{
	bool second;

	if (is_in_use(dev))
		return;
	second = is_second(dev);
	dev->dma.mask = DMA_BIT_MASK(32); // the default; the driver may change it
	dev->foreign_claims = count_claims(dev);
	dev->probe_error = second ? -EBUSY : dev->driver->probe(dev);
	if (!dev->probe_error)
		return;
	if (!second && dev->probe_error != -ENODEV)
		dev_err(dev, "probe failed with error %d\n", dev->probe_error);
	unbind_driver(dev);
}

static void stop_device(struct device *dev)
{
	if (dev->driver->remove)
		dev->driver->remove(dev);
	unbind_driver(dev);
}

// ---- Resources ------------------------------------------------------------------------------------

static struct resource *tree_of(const struct resource *res)
{
	if (res->flags & IORESOURCE_MEM)
		return &iomem_resource;
	return res->flags & IORESOURCE_IO ? &ioport_resource : NULL;
}

// Removes the device's first n resources from the trees.
static void remove_resources(struct device *dev, unsigned int n)
{
	while (n-- > 0)
		if (tree_of(&dev->resource[n]))
			BUG_ON(remove_resource(&dev->resource[n]) != 0);
}

static int insert_resources(struct device *dev)
{
	for (unsigned int i = 0; i < dev->num_resources; i++) {
		struct resource *res = &dev->resource[i], *tree = tree_of(res);

		res->name = dev->name;
		if (!tree || insert_resource(tree, res) == 0)
			continue;
		dev_err(dev, "%#llx-%#llx overlaps another device\n", (u64)res->start,
			(u64)res->end);
		remove_resources(dev, i);
		return -EBUSY;
	}
	return 0;
}

// ---- Devices --------------------------------------------------------------------------------------

struct device *device_alloc(const char *name, const struct resource *resource,
			    unsigned int num_resources)
{
	struct {
		struct device dev;
		struct resource resource[];
	} * both;
	const size_t size = sizeof(*both) + num_resources * sizeof(*resource);
	const size_t name_size = strlen(name) + 1;
	char *text;

	// One allocation for the struct, the resources and the name.
	both = kzalloc(size + name_size, GFP_KERNEL);
	if (!both)
		return NULL;
	text = (char *)both + size;
	memcpy(text, name, name_size);
	memcpy(both->resource, resource, num_resources * sizeof(*resource));
	both->dev.name = text;
	both->dev.resource = both->resource;
	both->dev.num_resources = num_resources;
	both->dev.of_node = -1;
	return &both->dev;
}

void device_free(struct device *dev)
{
	BUG_ON(dev && dev->node.next);
	kfree(dev);
}

int device_register(struct device *dev)
{
	int err;

	BUG_ON(dev->node.next); // it is registered already
	INIT_LIST_HEAD(&dev->devres);
	dma_reach_init(&dev->dma, dev->name);
	dev->driver = dev->tried = NULL;
	dev->probe_error = 0;
	err = insert_resources(dev);
	if (err)
		return err;
	mutex_lock(&devices.mutex);
	list_add_tail(&dev->node, &devices.list);
	mutex_unlock(&devices.mutex);
	if (choose_driver(dev))
		start_device(dev);
	return 0;
}

void device_unregister(struct device *dev)
{
	mutex_lock(&devices.mutex);
	list_del(&dev->node);
	mutex_unlock(&devices.mutex);
	if (dev->driver)
		stop_device(dev);
	devres_release_all(dev); // resources managed without a driver
	remove_resources(dev, dev->num_resources);
}

struct device *device_find(const char *name)
{
	struct device *dev, *found = NULL;

	mutex_lock(&devices.mutex);
	list_for_each_entry (dev, &devices.list, node)
		if (!found && strcmp(dev->name, name) == 0)
			found = dev;
	mutex_unlock(&devices.mutex);
	return found;
}

struct resource *device_get_resource(const struct device *dev, unsigned long type,
				     unsigned int index)
{
	for (unsigned int i = 0; i < dev->num_resources; i++)
		if ((dev->resource[i].flags & IORESOURCE_TYPE) == type && index-- == 0)
			return &dev->resource[i];
	return NULL;
}

int device_get_irq(const struct device *dev, unsigned int index)
{
	const struct resource *res = device_get_resource(dev, IORESOURCE_IRQ, index);

	if (!res)
		return -ENODEV;
	return res->flags & IORESOURCE_DISABLED ? -EINVAL : (int)res->start;
}

// ---- Drivers --------------------------------------------------------------------------------------

void driver_register(struct device_driver *drv)
{
	struct device *dev;

	BUG_ON(drv->node.next); // it is registered already
	mutex_lock(&devices.mutex);
	list_add_tail(&drv->node, &devices.drivers);
	mutex_unlock(&devices.mutex);
	while ((dev = choose_device(drv)) != NULL)
		start_device(dev);
}

void driver_unregister(struct device_driver *drv)
{
	struct device *dev;

	mutex_lock(&devices.mutex);
	list_del(&drv->node);
	mutex_unlock(&devices.mutex);
	while ((dev = device_of(drv, NULL)) != NULL)
		stop_device(dev);
	mutex_lock(&devices.mutex);
	list_for_each_entry (dev, &devices.list, node)
		if (dev->tried == drv)
			dev->tried = NULL; // drv may be registered again
	mutex_unlock(&devices.mutex);
}

// ---- The list -------------------------------------------------------------------------------------

static void show_resource(const struct resource *res, void (*line)(const char *, void *), void *arg)
{
	const int width = res->flags & IORESOURCE_IO ? 4 : 8;
	char text[64];

	if (res->flags & IORESOURCE_DISABLED)
		strscpy(text, "    irq refused", sizeof(text));
	else if (res->flags & IORESOURCE_IRQ)
		snprintf(text, sizeof(text), "    irq %u", (unsigned int)res->start);
	else
		snprintf(text, sizeof(text), "    %s %0*llx-%0*llx",
			 res->flags & IORESOURCE_IO ? "io " : "mem", width, (u64)res->start, width,
			 (u64)res->end);
	line(text, arg);
}

void devices_show(void (*line)(const char *text, void *arg), void *arg)
{
	const struct device *dev;
	char text[96];

	mutex_lock(&devices.mutex);
	list_for_each_entry (dev, &devices.list, node) {
		snprintf(text, sizeof(text), "%-24s %s", dev->name,
			 dev->driver ? dev->driver->name : "(no driver)");
		line(text, arg);
		for (unsigned int i = 0; i < dev->num_resources; i++)
			if (dev->resource[i].flags & IORESOURCE_TYPE) // not an empty BAR
				show_resource(&dev->resource[i], line, arg);
	}
	mutex_unlock(&devices.mutex);
}
