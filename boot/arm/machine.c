// SPDX-License-Identifier: MIT
// The devices of an ARM board, found in its device tree by what they are compatible with.
//
// Linux: drivers/irqchip/irqchip.c, drivers/clocksource/timer-probe.c, drivers/of/irq.c.

#include <abi/errno.h>
#include <boot/arm/early.h>
#include <drivers/irqchip/gicv2.h>
#include <drivers/rtc/pl031.h>
#include <drivers/timer/arch_timer.h>
#include <drivers/uart/pl011.h>
#include <kernel/bootinfo.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/fdt.h>
#include <lib/util.h>
#include <mm/fixmap.h>

// The first node that is compatible with one of the names, or -ENOENT.
static fdt_node find_node(const char *const *names, int count)
{
	for (int i = 0; i < count; i++) {
		const fdt_node node = fdt_next_compatible(bootinfo.fdt, -1, names[i]);

		if (node >= 0)
			return node;
	}
	return -ENOENT;
}

// Interrupt `index` of a node as the GIC's ID. Three cells each: kind, number, flags (binding arm,gic).
static int find_irq(fdt_node node, int index, unsigned int *irq)
{
	enum { KIND, NUMBER, CELLS = 3 };
	u32 kind, number;
	int err = fdt_prop_u32(bootinfo.fdt, node, "interrupts", index * CELLS + KIND, &kind);

	if (!err)
		err = fdt_prop_u32(bootinfo.fdt, node, "interrupts", index * CELLS + NUMBER,
				   &number);
	if (err)
		return err;
	*irq = number + (kind ? GIC_PPI_BASE : GIC_SPI_BASE);
	return 0;
}

static void *map_regs(fdt_node node, int index, unsigned long size)
{
	u64 addr, there;

	if (fdt_reg(bootinfo.fdt, node, index, &addr, &there) != 0 || there < size)
		panic("%s: the device tree gives no registers %d", fdt_name(bootinfo.fdt, node),
		      index);
	return early_ioremap(addr, size);
}

void machine_init_irqchip(void)
{
	static const char *const names[] = { "arm,cortex-a15-gic", "arm,gic-400",
					     "arm,cortex-a9-gic", "arm,cortex-a7-gic" };
	const fdt_node node = find_node(names, ARRAY_SIZE(names));

	if (node < 0)
		panic("no interrupt controller: the device tree has no GICv2");
	gicv2_init(map_regs(node, 0, GICD_SIZE), map_regs(node, 1, GICC_SIZE));
}

void machine_init_timer(void)
{
	static const char *const names[] = { "arm,armv7-timer", "arm,armv8-timer" };
	enum { VIRTUAL = 2 }; // behind the secure and the non-secure physical timer's
	const fdt_node node = find_node(names, ARRAY_SIZE(names));
	unsigned int irq;
	u32 hz = 0;
	int err;

	if (node < 0)
		panic("no timer: the device tree has no ARM generic timer");
	if (find_irq(node, VIRTUAL, &irq) != 0)
		panic("no timer: the device tree gives it no interrupt");
	if (fdt_prop_u32(bootinfo.fdt, node, "clock-frequency", 0, &hz) != 0)
		hz = 0; // the CPU knows
	err = arch_timer_init(irq, hz);
	if (err)
		panic("no timer: interrupt %u, error %d", irq, err);
}

// Input comes from the UART that boot has chosen for output (boot/arm/boot.c).
void machine_init_console(void)
{
	const fdt_node node = uart_node(bootinfo.fdt);
	unsigned int irq;
	int err;

	if (node < 0 || find_irq(node, 0, &irq) != 0) {
		pr_warn("console: no interrupt, so there is no input\n");
		return;
	}
	err = pl011_input(irq);
	if (err)
		pr_warn("console: no input, error %d\n", err);
}

void machine_init_rtc(void)
{
	static const char *const names[] = { "arm,pl031" };
	const fdt_node node = find_node(names, ARRAY_SIZE(names));

	if (node < 0)
		pr_warn("rtc: the device tree has no PL031, so there is no time of day\n");
	else
		pl031_init(map_regs(node, 0, PL031_SIZE));
}
