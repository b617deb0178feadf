// SPDX-License-Identifier: MIT
// The Generic Interrupt Controller, version 2 (ARM IHI 0048B.b): one priority, one CPU, no groups.
//
// Owns: the registers. Interrupt numbers are the controller's IDs: 0-15 between CPUs, 16-31 of this CPU
// (timer), 32- of devices.
// Linux: drivers/irqchip/irq-gic.c.

#include <abi/errno.h>
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
#define PRIORITY_ALL     0xf0 // lets all more urgent (smaller) priorities through
#define PRIORITY_DEFAULT 0xa0
#define IAR_ID(iar)      ((iar)&0x3ff)
#define ID_SPECIAL       1020 // and above: 1023 is "nothing there any more"

static struct {
	volatile u8 *dist, *cpu;
} gic;

static u32 reg_read(volatile u8 *base, u32 offset)
{
	return *(volatile u32 *)(base + offset);
}

static void reg_write(volatile u8 *base, u32 offset, u32 value)
{
	*(volatile u32 *)(base + offset) = value;
}

static int gic_ack(int hint)
{
	const u32 id = IAR_ID(reg_read(gic.cpu, GICC_IAR));

	return id >= ID_SPECIAL ? -ENOENT : (int)id;
}

static void gic_eoi(unsigned int irq)
{
	reg_write(gic.cpu, GICC_EOIR, irq);
}

static void gic_mask(unsigned int irq)
{
	reg_write(gic.dist, GICD_ICENABLER(irq), BIT(irq % 32));
}

static void gic_unmask(unsigned int irq)
{
	reg_write(gic.dist, GICD_ISENABLER(irq), BIT(irq % 32));
}

void gicv2_set_pending(unsigned int irq)
{
	reg_write(gic.dist, GICD_ISPENDR(irq), BIT(irq % 32));
}

static struct irq_chip gic_chip = {
	.name = "GICv2",
	.ack = gic_ack,
	.eoi = gic_eoi,
	.mask = gic_mask,
	.unmask = gic_unmask,
};

// Whether lines are level or edge triggered stays as it is: QEMU's and firmware's settings.
void gicv2_init(void *distributor, void *cpu_interface)
{
	unsigned int lines;
	u8 this_cpu;

	gic.dist = distributor;
	gic.cpu = cpu_interface;
	reg_write(gic.dist, GICD_CTLR, 0);
	lines = TYPER_LINES(reg_read(gic.dist, GICD_TYPER));
	gic_chip.nr_irqs = min(lines, (unsigned int)NR_IRQS);
	// The targets of this CPU's own interrupts read as its bit (4.3.12).
	this_cpu = gic.dist[GICD_ITARGETSR(0)];
	for (unsigned int n = 0; n < lines; n += 32) {
		reg_write(gic.dist, GICD_ICENABLER(n), ~0u);
		reg_write(gic.dist, GICD_ICPENDR(n), ~0u);
	}
	for (unsigned int n = 0; n < lines; n++) {
		gic.dist[GICD_IPRIORITYR(n)] = PRIORITY_DEFAULT;
		if (n >= GIC_SPI_BASE)
			gic.dist[GICD_ITARGETSR(n)] = this_cpu;
	}
	reg_write(gic.dist, GICD_CTLR, CTLR_ENABLE);
	reg_write(gic.cpu, GICC_PMR, PRIORITY_ALL);
	reg_write(gic.cpu, GICC_CTLR, CTLR_ENABLE);
	irq_set_chip(&gic_chip);
}
