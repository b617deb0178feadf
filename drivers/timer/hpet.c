// SPDX-License-Identifier: MIT
// The High Precision Event Timer: the main counter is the clock; comparator 0 makes the tick, on the
// PIT's interrupt (legacy replacement: the only way without an I/O APIC).
//
// Locks: [i] changed with interrupts masked.
// Manual: IA-PC HPET Specification 1.0a, 2.3 (registers), 2.3.9 (comparators), 2.4.7 (32-bit software).
// Linux: arch/x86/kernel/hpet.c.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <drivers/device.h>
#include <drivers/timer/hpet.h>
#include <kernel/irq.h>
#include <kernel/time.h>
#include <lib/div64.h>
#include <lib/util.h>

// Registers have 64 bits; these are the offsets of the lower halves, but HPET_PERIOD is an upper half.
#define HPET_ID        0x000                // 2.3.4
#define HPET_PERIOD    0x004                // of the main counter, in femtoseconds
#define HPET_CFG       0x010                // 2.3.5
#define HPET_COUNTER   0x0f0                // 2.3.7
#define HPET_TN_CFG(n) (0x100 + 0x20 * (n)) // 2.3.8
#define HPET_TN_CMP(n) (0x108 + 0x20 * (n)) // 2.3.9

#define ID_REV_MASK 0xff // never 0
#define ID_LEGSUP   BIT(15)
#define CFG_ENABLE  BIT(0)
#define CFG_LEGACY  BIT(1) // comparator 0 instead of the PIT, 1 instead of the RTC's alarm
#define TN_LEVEL    BIT(1)
#define TN_ENABLE   BIT(2)
#define TN_PERIODIC BIT(3)
#define TN_32BIT    BIT(8) // compares the counter's lower half
#define TN_FSB      BIT(14)

// The manual's limit, 100 ns; and the limit for hz to fit into 32 bits.
#define PERIOD_MAX 0x05f5e100
#define PERIOD_MIN 250000

#define FEMTOSECONDS 1000000000000000ULL

static struct {
	struct device *dev; // NULL: no HPET
	void __iomem *regs;
	u32 hz;
	u64 counted; // [i] the last result of hpet_read()
	u64 next;    // [i] when the next tick is due
	u32 period;  // counts per tick
	struct clocksource clock;
} hpet;

// The counter has 64 or 32 bits (COUNT_SIZE_CAP). The lower half always exists, and one access reads it.
u64 hpet_read(void)
{
	unsigned long flags;
	u64 now;

	if (!hpet.dev)
		return 0;
	flags = local_irq_save();
	hpet.counted += (u32)(readl(hpet.regs + HPET_COUNTER) - (u32)hpet.counted);
	now = hpet.counted;
	local_irq_restore(flags);
	return now;
}

u32 hpet_hz(void)
{
	return hpet.hz;
}

// A comparator fires only when the counter reaches it, not when the counter is already past it. So set
// it again until it is ahead of the counter. An interrupt raised in between finds nothing to do.
static irqreturn_t hpet_interrupt(int irq, void *dev)
{
	do {
		while (hpet_read() >= hpet.next) {
			hpet.next += hpet.period;
			timer_tick();
		}
		writel((u32)hpet.next, hpet.regs + HPET_TN_CMP(0));
	} while (hpet_read() >= hpet.next);
	return IRQ_HANDLED;
}

static int hpet_probe(struct device *dev)
{
	void __iomem *regs =
		devm_ioremap_resource(dev, device_get_resource(dev, IORESOURCE_MEM, 0));
	u32 id, period;

	if (IS_ERR(regs))
		return PTR_ERR(regs);
	id = readl(regs + HPET_ID);
	period = readl(regs + HPET_PERIOD);
	if (!(id & ID_REV_MASK) || !(id & ID_LEGSUP) || period < PERIOD_MIN || period > PERIOD_MAX)
		return -ENODEV;
	hpet.regs = regs;
	hpet.hz = (u32)div_u64(FEMTOSECONDS + period / 2, period);
	// Firmware may have left it running: disable its interrupt and legacy mode.
	writel(readl(regs + HPET_TN_CFG(0)) & ~TN_ENABLE, regs + HPET_TN_CFG(0));
	writel(CFG_ENABLE, regs + HPET_CFG);
	hpet.dev = dev;
	return 0;
}

static const char *const names[] = { "intel,hpet", NULL };

struct device_driver hpet_driver = {
	.name = "hpet", .compatible = names, .probe = hpet_probe, .single = true
};

// Repeats if the counter has passed the comparator in between, as in the handler.
static void set_first_tick(void)
{
	do {
		hpet.next = hpet_read() + first_tick(hpet.hz);
		writel((u32)hpet.next, hpet.regs + HPET_TN_CMP(0));
	} while (hpet_read() >= hpet.next);
}

int hpet_start_tick(void)
{
	void __iomem *regs = hpet.regs;
	u32 cfg;
	int err;

	if (!hpet.dev)
		return -ENODEV;
	hpet.clock = (struct clocksource){ "hpet", hpet.hz, hpet_read };
	err = clocksource_register(&hpet.clock);
	if (err)
		return err;
	hpet.period = hpet.hz / HZ;
	err = devm_request_irq(hpet.dev, device_get_irq(hpet.dev, 0), hpet_interrupt, 0, "hpet",
			       &hpet);
	if (err)
		return err;
	cfg = readl(regs + HPET_TN_CFG(0)) & ~(TN_LEVEL | TN_PERIODIC | TN_FSB);
	writel(cfg | TN_32BIT | TN_ENABLE, regs + HPET_TN_CFG(0));
	writel(CFG_ENABLE | CFG_LEGACY, regs + HPET_CFG);
	set_first_tick();
	return 0;
}
