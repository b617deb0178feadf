// SPDX-License-Identifier: MIT
// Devices, the drivers for them, and who belongs to whom.
//
// boot/<arch>/machine.c says which devices there are (from the device tree, or from a table) and which
// drivers; a bus may find more. A device and a driver of one bus that match are bound: probe() starts the
// device, and what it takes by the functions of drivers/devres.h goes when the probe fails or the
// driver leaves.
// Everything here may sleep; not in interrupts. Devices and drivers come and go one at a time, at
// start-up and in tests; who only looks (find, show) may do so meanwhile.
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

// A kind of devices that know each other's drivers by the same means.
struct bus_type {
	const char *name;
	bool (*match)(const struct device *dev, const struct device_driver *drv);
};

// Devices that machine.c knows of: matched by the names that they are compatible with.
extern const struct bus_type platform_bus;

// All fields are the driver's and constant, but the last.
struct device_driver {
	const char *name;
	const struct bus_type *bus;         // NULL: platform_bus
	const char *const *compatible;      // platform_bus: device-tree names; ends with NULL
	int (*probe)(struct device *dev);   // 0, or a negative errno; -ENODEV: not there after all
	void (*remove)(struct device *dev); // before what devres knows goes; may be NULL
	bool single;           // keeps its state in its file: -EBUSY for a second device
	struct list_head node; // [d]
};

// Locks: [I] immutable after device_register()  [d] the mutex of all devices  [l] devres_lock
// [c] whoever registers and unregisters: one at a time
// [o] the driver
struct device {
	const char *name;                   // [I] unique among the registered: "9000000.uart"
	const struct bus_type *bus;         // [I] NULL: platform_bus
	const char *compatible;             // [I] strings, each with its NUL, one behind the other
	size_t compatible_size;             // [I] bytes of all of them
	fdt_node of_node;                   // [I] in bootinfo.fdt; negative: in no device tree
	struct resource *resource;          // [I] what it consists of; the array is the device's
	unsigned int num_resources;         // [I]
	const void *platform_data;          // [I] what machine.c tells the driver beside that
	struct dma_reach dma;               // which memory it reaches, and has at the moment
	const struct device_driver *driver; // [d] NULL: none
	const struct device_driver *tried;  // [d] the last one that was bound, or tried to be
	unsigned int foreign_claims;        // [c] in its resources, before it had a driver
	int probe_error;                    // [c] why the last probe failed; 0: none did
	void *drvdata;                      // [o]
	struct spinlock devres_lock;
	struct list_head devres; // [l] what the driver took, the last first
	struct list_head node;   // [d]
};

// A device on no list yet, with copies of the name and the resources; NULL: no memory. device_free()
// takes it (not while it is registered); NULL is fine.
__must_check struct device *device_alloc(const char *name, const struct resource *resource,
					 unsigned int num_resources);
void device_free(struct device *dev);

// Makes a device known, whoever owns the struct: its MEM and IO resources become part of iomem and
// ioports, and a driver that matches is bound. 0, also when there is no driver or its probe fails
// (that is reported: see driver and probe_error); -EBUSY: a resource overlaps another one.
// Fields that are not used are 0; of_node is -1. dma and devres are initialised here: DMA with 32 bits,
// until the driver says otherwise.
__must_check int device_register(struct device *dev);
// Makes it unknown, unbinds it, and releases its managed resources, also those that were taken without
// a driver. What its driver, or anybody, has still claimed of its resources stays claimed; when there is
// more than before the driver came, that is reported.
void device_unregister(struct device *dev);

// Makes a driver known, and binds it to the devices without one that match. A device that already has
// managed resources is not probed: its probe_error is -EBUSY, and that is reported.
void driver_register(struct device_driver *drv);
// Takes it from its devices and makes it unknown.
void driver_unregister(struct device_driver *drv);

// Resource `index` of a kind (IORESOURCE_MEM, _IO, _IRQ), or NULL.
struct resource *device_get_resource(const struct device *dev, unsigned long type,
				     unsigned int index);
// Interrupt `index`; -ENODEV: there is none; -EINVAL: it was refused when the device was found.
int device_get_irq(const struct device *dev, unsigned int index);

// Whether the device says that it is compatible with this name.
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

// Every device, its driver, and what it consists of.
void devices_show(void (*line)(const char *text, void *arg), void *arg);

#define dev_printk(level, dev, fmt, ...)                                                         \
	printk(level "%s %s: " fmt, (dev)->driver ? (dev)->driver->name : "device", (dev)->name, \
	       ##__VA_ARGS__)
#define dev_err(dev, fmt, ...)  dev_printk(KERN_ERR, dev, fmt, ##__VA_ARGS__)
#define dev_warn(dev, fmt, ...) dev_printk(KERN_WARNING, dev, fmt, ##__VA_ARGS__)
#define dev_info(dev, fmt, ...) dev_printk(KERN_INFO, dev, fmt, ##__VA_ARGS__)
