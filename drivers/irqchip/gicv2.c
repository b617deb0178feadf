// SPDX-License-Identifier: MIT
// The Generic Interrupt Controller, version 2 (ARM IHI 0048B.b): one priority, one CPU, no groups.
//
// Owns: the registers. Interrupt numbers are the controller's IDs: 0-15 between CPUs (SGI), 16-31 this
// CPU's own (PPI, the timer), 32 and up from devices (SPI).
// Linux: drivers/irqchip/irq-gic.c.

#include <abi/errno.h>
#include <arch/io.h>
#include <drivers/device.h>
#include <drivers/irqchip/gicv2.h>
#include <kernel/irq.h>
#include <lib/util.h>

// Registers of the distributor (4.3) and of the CPU interface (4.4), byte offsets. n: the ID.
#define GICD_CTLR          0x000
#define GICD_TYPER         0x004
#define GICD_ISENABLER(n)  (0x100 + (n) / 32 * 4)
#define GICD_ICENABLER(n)  (0x180 + (n) / 32 * 4)
#define GICD_ISPENDR(n)    (0x200 + (n) / 32 * 4)
#define GICD_ICPENDR(n)    (0x280 + (n) / 32 * 4)
#define GICD_IPRIORITYR(n) (0x400 + (n))
#define GICD_ITARGETSR(n)  (0x800 + (n))
#define GICC_CTLR          0x000
#define GICC_PMR           0x004
#define GICC_IAR           0x00c
#define GICC_EOIR          0x010

#define CTLR_ENABLE      BIT(0)
#define TYPER_LINES(t)   ((((t)&0x1f) + 1) * 32)
#define PRIORITY_ALL     0xf0 // lets all higher (numerically smaller) priorities through
#define PRIORITY_DEFAULT 0xa0
#define IAR_ID(iar)      ((iar)&0x3ff)
#define ID_SPECIAL       1020 // and above; 1023: spurious

static struct {
	void __iomem *dist, *cpu;
} gic;

// All accesses are relaxed: accesses to the controller are ordered among themselves (Device memory), and
// it shares no normal memory with the CPU.

static int gic_ack(int hint)
{
	const u32 id = IAR_ID(readl_relaxed(gic.cpu + GICC_IAR));

	return id >= ID_SPECIAL ? -ENOENT : (int)id;
}

static void gic_eoi(unsigned int irq)
{
	writel_relaxed(irq, gic.cpu + GICC_EOIR);
}

static void gic_mask(unsigned int irq)
{
	writel_relaxed(BIT(irq % 32), gic.dist + GICD_ICENABLER(irq));
}

static void gic_unmask(unsigned int irq)
{
	writel_relaxed(BIT(irq % 32), gic.dist + GICD_ISENABLER(irq));
}

void gicv2_set_pending(unsigned int irq)
{
	writel_relaxed(BIT(irq % 32), gic.dist + GICD_ISPENDR(irq));
}

static struct irq_chip gic_chip = {
	.name = "GICv2",
	.ack = gic_ack,
	.eoi = gic_eoi,
	.mask = gic_mask,
	.unmask = gic_unmask,
};

// Starts with all interrupts masked. Keeps level or edge triggering as QEMU or the firmware has set it.
static void gicv2_start(void)
{
	unsigned int lines;
	u8 this_cpu;

	writel_relaxed(0, gic.dist + GICD_CTLR);
	lines = TYPER_LINES(readl_relaxed(gic.dist + GICD_TYPER));
	gic_chip.nr_irqs = min(lines, (unsigned int)NR_IRQS);
	// For this CPU's own interrupts, the target registers read as this CPU's bit (4.3.12).
	this_cpu = readb_relaxed(gic.dist + GICD_ITARGETSR(0));
	for (unsigned int n = 0; n < lines; n += 32) {
		writel_relaxed(~0u, gic.dist + GICD_ICENABLER(n));
		writel_relaxed(~0u, gic.dist + GICD_ICPENDR(n));
	}
	for (unsigned int n = 0; n < lines; n++) {
		writeb_relaxed(PRIORITY_DEFAULT, gic.dist + GICD_IPRIORITYR(n));
		if (n >= GIC_SPI_BASE)
			writeb_relaxed(this_cpu, gic.dist + GICD_ITARGETSR(n));
	}
	writel_relaxed(CTLR_ENABLE, gic.dist + GICD_CTLR);
	writel_relaxed(PRIORITY_ALL, gic.cpu + GICC_PMR);
	writel_relaxed(CTLR_ENABLE, gic.cpu + GICC_CTLR);
	irq_set_chip(&gic_chip);
}

static int gicv2_probe(struct device *dev)
{
	gic.dist = devm_ioremap_resource(dev, device_get_resource(dev, IORESOURCE_MEM, 0));
	if (IS_ERR(gic.dist))
		return PTR_ERR(gic.dist);
	gic.cpu = devm_ioremap_resource(dev, device_get_resource(dev, IORESOURCE_MEM, 1));
	if (IS_ERR(gic.cpu))
		return PTR_ERR(gic.cpu);
	gicv2_start();
	return 0;
}

static const char *const names[] = { "arm,cortex-a15-gic", "arm,gic-400", "arm,cortex-a9-gic",
				     "arm,cortex-a7-gic", NULL };

struct device_driver gicv2_driver = {
	.name = "gicv2", .compatible = names, .probe = gicv2_probe, .single = true
};
