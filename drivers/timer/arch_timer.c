// SPDX-License-Identifier: MIT
// The Generic Timer (ARM ARM DDI 0406C, chapter B8): the virtual timer makes the tick, the virtual
// counter is the clock. The virtual ones, because they work with and without a hypervisor.
//
// Owns: CNTV_CTL and CNTV_CVAL.
// Linux: drivers/clocksource/arm_arch_timer.c.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <drivers/device.h>
#include <drivers/timer/arch_timer.h>
#include <kernel/bootinfo.h>
#include <kernel/irq.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <lib/util.h>

#define CNTV_CTL_ENABLE BIT(0)

static struct {
	u32 period; // counts per tick
	u64 next;   // when the next tick is due
	struct clocksource clock;
} timer;

static u64 counter_read(void)
{
	isb(); // do not read the counter early (B8.1.2)
	return cp15_read64(CNTVCT);
}

// Each tick is due one period after the previous one was due, not after it was handled: no drift. A late
// interrupt makes up for all ticks that are due.
static irqreturn_t timer_interrupt(int irq, void *dev)
{
	if (counter_read() < timer.next)
		return IRQ_NONE;
	while (counter_read() >= timer.next) {
		timer.next += timer.period;
		timer_tick();
	}
	cp15_write64(CNTV_CVAL, timer.next);
	isb();
	cpu_cycles(); // counts PMCCNTR's wraps
	return IRQ_HANDLED;
}

// The counter's frequency: from the device tree if it has one, else from the CPU's register.
static u32 arch_timer_frequency(const struct device *dev)
{
	u32 hz;

	return fdt_prop_u32(bootinfo.fdt, dev->of_node, "clock-frequency", 0, &hz) == 0
		       ? hz
		       : cp15_read(CNTFRQ);
}

// Finds the virtual timer's interrupt: by its name, or by its position in the binding.
static int virtual_irq(const struct device *dev)
{
	enum { VIRTUAL = 2 }; // after the secure and the non-secure physical timer
	int left, index = 0;
	const char *name = fdt_prop(bootinfo.fdt, dev->of_node, "interrupt-names", &left);

	if (!name)
		return device_get_irq(dev, VIRTUAL);
	for (; left > 0 && memchr(name, '\0', (size_t)left); index++) {
		const int size = (int)strlen(name) + 1;

		if (strcmp(name, "virt") == 0)
			return device_get_irq(dev, index);
		name += size;
		left -= size;
	}
	dev_err(dev, "none of its interrupts has the name virt\n");
	return -ENODEV;
}

static void arch_timer_stop(void *unused)
{
	cp15_write(CNTV_CTL, 0);
	isb();
}

static int arch_timer_probe(struct device *dev)
{
	const int irq = virtual_irq(dev);
	const u32 hz = arch_timer_frequency(dev);
	int err;

	if (irq < 0)
		return irq;
	if (hz < HZ)
		return -EINVAL;
	timer.clock = (struct clocksource){ "arch_timer", hz, counter_read };
	timer.period = hz / HZ;
	err = devm_add_action(dev, arch_timer_stop, NULL);
	if (err)
		return err;
	err = devm_request_irq(dev, irq, timer_interrupt, 0, "arch_timer", &timer);
	if (err)
		return err;
	err = clocksource_register(&timer.clock);
	if (err)
		return err;
	timer.next = counter_read() + first_tick(hz);
	cp15_write64(CNTV_CVAL, timer.next);
	cp15_write(CNTV_CTL, CNTV_CTL_ENABLE);
	isb();
	return 0;
}

static const char *const names[] = { "arm,armv7-timer", "arm,armv8-timer", NULL };

struct device_driver arch_timer_driver = {
	.name = "arch_timer", .compatible = names, .probe = arch_timer_probe, .single = true
};
