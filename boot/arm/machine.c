// SPDX-License-Identifier: MIT
// The devices of an ARM board: the nodes of its device tree for which the kernel has a driver.
//
// Linux: drivers/of/platform.c and irq.c.

#include <abi/errno.h>
#include <boot/arm/early.h>
#include <boot/arm/interrupts.h>
#include <drivers/device.h>
#include <drivers/irqchip/gicv2.h>
#include <drivers/rtc/pl031.h>
#include <drivers/timer/arch_timer.h>
#include <drivers/timer/sp804.h>
#include <drivers/uart/pl011.h>
#include <kernel/bootinfo.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/fixmap.h>

// ---- Which nodes are for which driver ---------------------------------------------------------------

// The drivers, and the first node that each matches; negative: none.
static struct {
	struct device_driver *drv;
	fdt_node node;
} found[] = {
	{ &gicv2_driver, -ENOENT }, { &arch_timer_driver, -ENOENT }, { &sp804_driver, -ENOENT },
	{ &pl031_driver, -ENOENT }, { &sysreg_driver, -ENOENT },
};

// Reads the node's compatible names; none if the last one has no NUL.
static void read_compatible(struct device *dev)
{
	int size;

	dev->compatible = fdt_prop(bootinfo.fdt, dev->of_node, "compatible", &size);
	dev->compatible_size = size > 0 && dev->compatible[size - 1] == '\0' ? (size_t)size : 0;
}

// Tries all drivers on each available node, in one pass over the tree.
static void find_nodes(void)
{
	struct device dev = { .of_node = -1 };

	while ((dev.of_node = fdt_next_available(bootinfo.fdt, dev.of_node)) >= 0) {
		read_compatible(&dev);
		for (size_t i = 0; i < ARRAY_SIZE(found); i++)
			if (found[i].node < 0 && platform_bus.match(&dev, found[i].drv))
				found[i].node = dev.of_node;
	}
}

static fdt_node find_node(const struct device_driver *drv)
{
	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		if (found[i].drv == drv)
			return found[i].node;
	return -ENOENT;
}

fdt_node gic_node(void)
{
	return find_node(&gicv2_driver);
}

// ---- From nodes to devices --------------------------------------------------------------------------

#define RESOURCES_MAX 16 // of one node; more are ignored

// Stores the node's register ranges from res[0] on. Returns their number. Stops at an unusable range,
// because drivers refer to ranges by number.
static unsigned int find_regs(fdt_node node, struct resource res[RESOURCES_MAX])
{
	u64 addr, size;

	for (unsigned int n = 0; n < RESOURCES_MAX; n++) {
		const int err = fdt_reg(bootinfo.fdt, node, (int)n, &addr, &size);

		if (err == -ENOENT)
			return n;
		if (err || size == 0 || range_end(addr, size) - 1 > iomem_resource.end) {
			pr_warn("device: %s: range %u of reg cannot be used\n",
				fdt_name(bootinfo.fdt, node), n);
			return n;
		}
		res[n] = (struct resource)DEFINE_RES_MEM(addr, size);
	}
	return RESOURCES_MAX;
}

// Adds the node's interrupts from res[n] on. Returns the new number of resources. A refused interrupt
// keeps its place, because drivers refer to interrupts by number.
static unsigned int find_irqs(fdt_node node, struct resource res[RESOURCES_MAX], unsigned int n)
{
	unsigned int irq;
	int err;

	for (int i = 0; n < RESOURCES_MAX; i++) {
		err = fdt_irq(node, i, &irq);
		if (err == -EINVAL)
			res[n++] =
				(struct resource){ .flags = IORESOURCE_IRQ | IORESOURCE_DISABLED };
		else if (err)
			break;
		else
			res[n++] = (struct resource)DEFINE_RES_IRQ(irq);
	}
	return n;
}

// "uart@9000000" becomes "9000000.uart", as in Linux. A name without an address is unchanged.
static void name_device(fdt_node node, char *buf, size_t size)
{
	const char *name = fdt_name(bootinfo.fdt, node), *at = strchr(name, '@');

	if (at)
		snprintf(buf, size, "%s.%.*s", at + 1, (int)(at - name), name);
	else
		strscpy(buf, name, size);
}

// Creates and registers a device for the node. NULL: no memory, or it overlaps another device.
static struct device *add_device(fdt_node node)
{
	struct resource res[RESOURCES_MAX];
	const unsigned int count = find_irqs(node, res, find_regs(node, res));
	struct device *dev;
	char name[48];

	name_device(node, name, sizeof(name));
	dev = device_alloc(name, res, count);
	if (!dev)
		return NULL;
	dev->of_node = node;
	read_compatible(dev);
	if (device_register(dev) == 0)
		return dev;
	device_free(dev);
	return NULL;
}

// Registers the driver, and a device for the node. Returns whether the driver is bound.
static bool start_driver(struct device_driver *drv, fdt_node node)
{
	const struct device *dev;

	driver_register(drv);
	dev = add_device(node);
	return dev && dev->driver;
}

// The same for a required driver: panics if it does not start.
static void need_driver(struct device_driver *drv, const char *what)
{
	const fdt_node node = find_node(drv);

	if (node < 0)
		panic("no %s: the device tree has none that a driver here is for", what);
	if (!start_driver(drv, node))
		panic("no %s: the driver %s cannot start %s", what, drv->name,
		      fdt_name(bootinfo.fdt, node));
}

// ---- The board's devices ----------------------------------------------------------------------------

// The compatible name of the tree's first interrupt controller, or NULL.
static const char *first_controller(void)
{
	const char *name = NULL;

	for (fdt_node node = -1; !name && (node = fdt_next_available(bootinfo.fdt, node)) >= 0;)
		if (fdt_prop(bootinfo.fdt, node, "interrupt-controller", NULL))
			name = fdt_prop_string(bootinfo.fdt, node, "compatible");
	return name;
}

// Called first, so it also finds the nodes for the other functions.
void machine_init_irqchip(void)
{
	const char *other;

	find_nodes();
	other = gic_node() < 0 ? first_controller() : NULL;
	if (other)
		panic("no interrupt controller: the device tree has \"%s\", and the driver here is "
		      "for "
		      "version 2 of the GIC (QEMU: -M virt,gic-version=2)",
		      other);
	need_driver(&gicv2_driver, "interrupt controller");
}

// Prefers the CPU's own timer.
void machine_init_timer(void)
{
	if (find_node(&arch_timer_driver) >= 0)
		need_driver(&arch_timer_driver, "timer");
	else
		need_driver(&sp804_driver, "timer");
}

// The UART that boot has chosen for output (boot/arm/boot.c). Removes the early mapping once the driver
// has its own.
void machine_init_console(void)
{
	const fdt_node node = uart_node(bootinfo.fdt);

	if (node < 0 || !start_driver(&pl011_driver, node))
		pr_warn("console: no driver for the UART, so there is no input\n");
	else
		clear_fixmap(FIX_CONSOLE);
}

// A board without firmware has registers that do what PSCI does elsewhere.
static void find_power_switch(void)
{
	const fdt_node node = find_node(&sysreg_driver);

	if (node >= 0 && !start_driver(&sysreg_driver, node))
		pr_warn("power: no system registers, so there is no restart\n");
}

void machine_init_rtc(void)
{
	const fdt_node node = find_node(&pl031_driver);

	find_power_switch();
	if (node < 0 || !start_driver(&pl031_driver, node))
		pr_warn("rtc: there is no PL031 that works, so there is no time of day\n");
}
