// SPDX-License-Identifier: MIT
// Devices, drivers, and the binding between them.
//
// boot/<arch>/machine.c registers devices (from the device tree, or from a table) and drivers; a bus may
// find more devices. A matching device and driver of one bus are bound: probe() starts the device.
// Resources that probe() acquires with drivers/devres.h are released if it fails, or when the driver is
// unbound. Everything here may sleep; not in interrupts. Register and unregister from one thread at a
// time: at start-up and in tests. device_find() and devices_show() may run at the same time.
// Linux: include/linux/device.h and platform_device.h, whose two structs are one here.
#pragma once

#include <drivers/devres.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>
#include <lib/compiler.h>
#include <lib/fdt.h>
#include <lib/list.h>
#include <mm/dma.h>
#include <mm/resource.h>

struct device;
struct device_driver;

// A kind of devices and drivers that are matched in the same way.
struct bus_type {
	const char *name;
	bool (*match)(const struct device *dev, const struct device_driver *drv);
};

// Devices from machine.c: matched by their compatible names.
extern const struct bus_type platform_bus;

// All fields but the last are constant and set by the driver.
struct device_driver {
	const char *name;
	const struct bus_type *bus;         // NULL: platform_bus
	const char *const *compatible;      // platform_bus: device-tree names; ends with NULL
	int (*probe)(struct device *dev);   // 0, or a negative errno; -ENODEV: no such device
	void (*remove)(struct device *dev); // called before devres releases; may be NULL
	bool single;                        // only for one device: -EBUSY for a second one
	struct list_head node;              // [d]
};

// Locks: [I] immutable after device_register()  [d] the mutex of all devices  [l] devres_lock
// [c] the thread that registers and unregisters, one at a time
// [o] the driver
struct device {
	const char *name;                   // [I] unique among the registered: "9000000.uart"
	const struct bus_type *bus;         // [I] NULL: platform_bus
	const char *compatible;             // [I] a sequence of strings, each with its NUL
	size_t compatible_size;             // [I] bytes of all of them
	fdt_node of_node;                   // [I] in bootinfo.fdt; negative: none
	struct resource *resource;          // [I] registers, ports, interrupts
	unsigned int num_resources;         // [I]
	const void *platform_data;          // [I] further data from machine.c for the driver
	struct dma_reach dma;               // the memory that it can reach, and its mappings
	const struct device_driver *driver; // [d] NULL: none
	const struct device_driver *tried;  // [d] the last driver that was bound or has failed
	unsigned int foreign_claims;        // [c] claims in its resources before it had a driver
	int probe_error;                    // [c] the last probe's error, or 0
	void *drvdata;                      // [o]
	struct spinlock devres_lock;
	struct list_head devres; // [l] the managed resources, the last first
	struct list_head node;   // [d]
};

// Allocates an unregistered device, with copies of the name and the resources; NULL: no memory.
// device_free() frees it (not while it is registered) and accepts NULL.
__must_check struct device *device_alloc(const char *name, const struct resource *resource,
					 unsigned int num_resources);
void device_free(struct device *dev);

// Registers a device: adds its MEM and IO resources to iomem and ioports, and binds a matching driver.
// The caller owns the struct. Returns 0, even without a driver or if its probe fails (which is reported:
// see driver and probe_error); -EBUSY: a resource overlaps another one.
// Set unused fields to 0, of_node to -1. This initialises dma (a 32-bit mask, until the driver changes
// it) and devres.
__must_check int device_register(struct device *dev);
// Unregisters and unbinds the device, and releases its managed resources, also those acquired without a
// driver. Other claims in its resources stay; if there are more than before the driver was bound, that is
// reported.
void device_unregister(struct device *dev);

// Registers a driver, and binds it to the matching devices without a driver. A device that already has
// managed resources is not probed: its probe_error is -EBUSY, and that is reported.
void driver_register(struct device_driver *drv);
// Unbinds the driver from its devices and unregisters it.
void driver_unregister(struct device_driver *drv);

// Resource `index` of a kind (IORESOURCE_MEM, _IO, _IRQ), or NULL.
struct resource *device_get_resource(const struct device *dev, unsigned long type,
				     unsigned int index);
// The number of interrupt `index`; -ENODEV: none; -EINVAL: machine.c could not use it.
int device_get_irq(const struct device *dev, unsigned int index);

// Whether this name is one of the device's compatible names.
bool device_is_compatible(const struct device *dev, const char *name);

// The registered device of this name, or NULL.
struct device *device_find(const char *name);

static inline void dev_set_drvdata(struct device *dev, void *data)
{
	dev->drvdata = data;
}

static inline void *dev_get_drvdata(const struct device *dev)
{
	return dev->drvdata;
}

// Lists all devices, with their drivers and resources.
void devices_show(void (*line)(const char *text, void *arg), void *arg);

#define dev_printk(level, dev, fmt, ...)                                                         \
	printk(level "%s %s: " fmt, (dev)->driver ? (dev)->driver->name : "device", (dev)->name, \
	       ##__VA_ARGS__)
#define dev_err(dev, fmt, ...)  dev_printk(KERN_ERR, dev, fmt, ##__VA_ARGS__)
#define dev_warn(dev, fmt, ...) dev_printk(KERN_WARNING, dev, fmt, ##__VA_ARGS__)
#define dev_info(dev, fmt, ...) dev_printk(KERN_INFO, dev, fmt, ##__VA_ARGS__)
