// SPDX-License-Identifier: MIT
// The SP804 dual timer (ARM DDI 0271): the first timer makes the tick; the second one runs freely and is
// the clock.
//
// Owns: the registers. Locks: [i] changed with interrupts masked.
// Linux: drivers/clocksource/timer-sp804.c.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <drivers/device.h>
#include <drivers/timer/sp804.h>
#include <kernel/bootinfo.h>
#include <kernel/irq.h>
#include <kernel/time.h>
#include <lib/util.h>

// Registers of a timer (3.2); the second timer's are TIMER2 higher. Both count down.
#define TIMER_LOAD   0x00
#define TIMER_VALUE  0x04
#define TIMER_CTRL   0x08
#define TIMER_INTCLR 0x0c
#define TIMER_MIS    0x14 // its interrupt, if enabled
#define TIMER2       0x20

#define CTRL_ONE_SHOT BIT(0) // stops at 0; otherwise wraps to the largest number
#define CTRL_32BIT    BIT(1)
#define CTRL_IRQ      BIT(5)
#define CTRL_ENABLE   BIT(7)

static struct {
	void __iomem *regs;
	u32 last;   // [i] the last value of the clock's counter, inverted to count up
	u32 wraps;  // [i]
	u32 period; // counts per tick
	u64 next;   // when the next tick is due, by the clock
	struct clocksource clock;
} sp804;

// Each tick calls this, so that no wrap (every 71 minutes at 1 MHz) is missed.
static u64 sp804_read(void)
{
	const unsigned long flags = local_irq_save();
	const u32 now = ~readl(sp804.regs + TIMER2 + TIMER_VALUE);
	u64 count;

	if (now < sp804.last)
		sp804.wraps++;
	sp804.last = now;
	count = (u64)sp804.wraps << 32 | now;
	local_irq_restore(flags);
	return count;
}

// Sets the first timer to the time when the next tick is due. (A periodic timer would be enough, but
// QEMU 7.2 loses every second interrupt of it with -icount while the CPU sleeps.)
static void set_alarm(void)
{
	const u64 now = sp804_read();

	writel(0, sp804.regs + TIMER_CTRL);
	writel(sp804.next > now ? (u32)(sp804.next - now) : 1, sp804.regs + TIMER_LOAD);
	writel(CTRL_ENABLE | CTRL_ONE_SHOT | CTRL_32BIT | CTRL_IRQ, sp804.regs + TIMER_CTRL);
}

// Each tick is due one period after the previous one was due, not after it was handled: no drift. A late
// interrupt makes up for all ticks that are due.
static irqreturn_t sp804_interrupt(int irq, void *dev)
{
	if (!readl(sp804.regs + TIMER_MIS))
		return IRQ_NONE;
	writel(0, sp804.regs + TIMER_INTCLR);
	while (sp804_read() >= sp804.next) {
		sp804.next += sp804.period;
		timer_tick();
	}
	set_alarm();
	cpu_cycles(); // counts the wraps of the CPU's counter
	return IRQ_HANDLED;
}

// The binding refers to clocks; our device tree has the frequency in the node. 0: none.
static u32 sp804_frequency(const struct device *dev)
{
	u32 hz;

	return fdt_prop_u32(bootinfo.fdt, dev->of_node, "clock-frequency", 0, &hz) == 0 ? hz : 0;
}

static void sp804_stop(void *regs)
{
	writel(0, (void __iomem __force *)regs + TIMER_CTRL);
}

static int start_clock(void)
{
	writel(0, sp804.regs + TIMER2 + TIMER_CTRL);
	writel(~0u, sp804.regs + TIMER2 + TIMER_LOAD);
	writel(CTRL_ENABLE | CTRL_32BIT, sp804.regs + TIMER2 + TIMER_CTRL);
	return clocksource_register(&sp804.clock);
}

static int sp804_probe(struct device *dev)
{
	const int irq = device_get_irq(dev, 0);
	const u32 hz = sp804_frequency(dev);
	void __iomem *regs;
	int err;

	if (irq < 0)
		return irq;
	if (hz < HZ)
		return -EINVAL;
	regs = devm_ioremap_resource(dev, device_get_resource(dev, IORESOURCE_MEM, 0));
	if (IS_ERR(regs))
		return PTR_ERR(regs);
	writel(0, regs + TIMER_CTRL);
	sp804.regs = regs;
	sp804.period = hz / HZ;
	sp804.clock = (struct clocksource){ "sp804", hz, sp804_read };
	err = devm_add_action(dev, sp804_stop, (void __force *)regs);
	if (err)
		return err;
	err = devm_request_irq(dev, irq, sp804_interrupt, 0, "sp804", &sp804);
	if (err)
		return err;
	err = start_clock();
	if (err)
		return err;
	sp804.next = sp804_read() + first_tick(hz);
	set_alarm();
	return 0;
}

static const char *const names[] = { "arm,sp804", NULL };

struct device_driver sp804_driver = {
	.name = "sp804", .compatible = names, .probe = sp804_probe, .single = true
};
