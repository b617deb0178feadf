// SPDX-License-Identifier: MIT
// The 8254 timer: counter 0 divides PIT_HZ down to the tick. The ticks plus its count since the last tick
// make a fine clock.
//
// Locks: [i] changed with interrupts masked.
// Manual: Intel 8254 data sheet (231164), control word, counter latch command, mode 2.
// Linux: drivers/clocksource/i8253.c.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <asm/io.h>
#include <drivers/device.h>
#include <drivers/irqchip/i8259.h>
#include <drivers/timer/pit.h>
#include <kernel/irq.h>
#include <kernel/time.h>
#include <lib/util.h>

// Ports, from the base.
#define PIT_COUNTER0 0
#define PIT_CONTROL  3

#define CONTROL_LATCH0   0x00
#define CONTROL_COUNTER0 0x00
#define CONTROL_LOW_HIGH 0x30 // two bytes, the low one first
#define CONTROL_ONCE     0x00 // mode 0: signals when it reaches 0
#define CONTROL_RATE     0x04 // mode 2: reloads itself

#define PIT_DIVISOR ((PIT_HZ + HZ / 2) / HZ)

static struct {
	struct device *dev; // NULL: no PIT
	u16 base;
	unsigned int irq;
	u64 ticks; // [i] ticks handled or lost so far
	u64 last;  // [i] the last result of pit_read()
} pit;

// Counts since the counter was last reloaded: 0 .. PIT_DIVISOR - 1.
static u32 counted(void)
{
	u32 left;

	outb(CONTROL_COUNTER0 | CONTROL_LATCH0, pit.base + PIT_CONTROL);
	left = inb(pit.base + PIT_COUNTER0);
	left |= inb(pit.base + PIT_COUNTER0) << 8;
	return left < PIT_DIVISOR ? PIT_DIVISOR - left : 0;
}

// The counter may already be reloaded while its tick is still pending. Then the count is low, or the time
// would be less than the last result: add a period. (With a pending tick and a high count, the tick came
// after the latch.) If the time is still too low, the counter has wrapped again: that tick is lost.
u64 pit_read(void)
{
	unsigned long flags = local_irq_save();
	u32 count = counted();
	u64 now = pit.ticks * PIT_DIVISOR + count;

	if (i8259_pending(pit.irq)) {
		if (count < PIT_DIVISOR / 2 || now < pit.last)
			now += PIT_DIVISOR;
		if (now < pit.last) {
			pit.ticks++;
			now += PIT_DIVISOR;
		}
	}
	pit.last = max(now, pit.last);
	now = pit.last;
	local_irq_restore(flags);
	return now;
}

static irqreturn_t pit_interrupt(int irq, void *dev)
{
	pit.ticks++;
	timer_tick();
	return IRQ_HANDLED;
}

static void set_counter(u8 mode, u16 count)
{
	outb(CONTROL_COUNTER0 | CONTROL_LOW_HIGH | mode, pit.base + PIT_CONTROL);
	outb(count & 0xff, pit.base + PIT_COUNTER0);
	outb(count >> 8, pit.base + PIT_COUNTER0);
}

// Makes the first tick early: leaves it pending at the 8259. If that fails, it comes at the normal rate.
static void make_first_tick(void)
{
	set_counter(CONTROL_ONCE, first_tick(PIT_HZ));
	for (int i = 0; i < 10000 && !i8259_pending(pit.irq); i++)
		;
}

int pit_start_tick(void)
{
	static const struct clocksource cs = { .name = "pit", .hz = PIT_HZ, .read = pit_read };
	int err;

	if (!pit.dev)
		return -ENODEV;
	make_first_tick();
	set_counter(CONTROL_RATE, PIT_DIVISOR);
	err = clocksource_register(&cs);
	if (err)
		return err;
	return devm_request_irq(pit.dev, pit.irq, pit_interrupt, 0, "timer", &pit);
}

static int pit_probe(struct device *dev)
{
	const struct resource *res = device_get_resource(dev, IORESOURCE_IO, 0);
	const int irq = device_get_irq(dev, 0);

	if (!res || irq < 0)
		return -EINVAL;
	if (!devm_request_region(dev, res->start, resource_size(res), dev->driver->name))
		return -EBUSY;
	pit.base = (u16)res->start;
	pit.irq = irq;
	pit.dev = dev;
	return 0;
}

static const char *const names[] = { "intel,8254", NULL };

struct device_driver pit_driver = {
	.name = "pit", .compatible = names, .probe = pit_probe, .single = true
};
