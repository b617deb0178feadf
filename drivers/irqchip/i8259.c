// SPDX-License-Identifier: MIT
// The PC's interrupt controllers: two 8259A, the second connected to input 2 of the first.
//
// Owns: the mask. Locks: [i] changed with interrupts masked.
// Manual: Intel 8259A data sheet (231468).
// Linux: arch/x86/kernel/i8259.c.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <asm/io.h>
#include <asm/processor.h>
#include <drivers/device.h>
#include <drivers/irqchip/i8259.h>
#include <kernel/irq.h>
#include <lib/util.h>

// Ports of a chip, from its base.
#define COMMAND 0
#define DATA    1

// Edge/level control: a register for each chip, with a bit for each input (Intel 82371SB, 2.5.7).
#define ALWAYS_EDGE 0x2107 // timer, keyboard, the slave, the clock and the FPU

#define ICW1_INIT     0x11 // edge triggered, cascaded, ICW4 follows
#define ICW4_8086     0x01 // 8086 mode, EOI by command
#define OCW2_EOI      0x60 // specific: the input's number in the low bits
#define OCW3_READ_IRR 0x0a
#define OCW3_READ_ISR 0x0b

#define CASCADE_INPUT 2
#define INPUTS        8
#define LOWEST_INPUT  (INPUTS - 1) // signalled for a spurious interrupt

static struct {
	u16 master, slave; // base ports
	u16 levels;        // base port of edge/level control
	u16 mask;          // [i] both chips, a set bit is masked
} pic;

static void write_mask(u16 mask)
{
	pic.mask = mask;
	outb(mask & 0xff, pic.master + DATA);
	outb(mask >> INPUTS, pic.slave + DATA);
}

// IRR or ISR of both chips, the slave in the upper byte. No need to select IRR again after reading ISR:
// each read selects its register first.
static u16 i8259_read_both(u8 ocw3)
{
	outb(ocw3, pic.master + COMMAND);
	outb(ocw3, pic.slave + COMMAND);
	return inb(pic.master + COMMAND) | inb(pic.slave + COMMAND) << INPUTS;
}

static void pic_eoi(unsigned int irq)
{
	if (irq >= INPUTS) {
		outb(OCW2_EOI | (irq - INPUTS), pic.slave + COMMAND);
		irq = CASCADE_INPUT;
	}
	outb(OCW2_EOI | irq, pic.master + COMMAND);
}

// A spurious interrupt has the number of the lowest input, but is not in service. If it comes from the
// slave, the master has the cascade input in service: send it an EOI.
static int pic_ack(int hint)
{
	if (hint % INPUTS != LOWEST_INPUT || (i8259_read_both(OCW3_READ_ISR) & 1U << hint))
		return hint;
	if (hint >= INPUTS)
		pic_eoi(CASCADE_INPUT);
	return -ENOENT;
}

static void pic_mask(unsigned int irq)
{
	unsigned long flags = local_irq_save();

	write_mask(pic.mask | 1U << irq);
	local_irq_restore(flags);
}

static void pic_unmask(unsigned int irq)
{
	unsigned long flags = local_irq_save();

	write_mask(pic.mask & ~(1U << irq));
	local_irq_restore(flags);
}

bool i8259_pending(unsigned int irq)
{
	unsigned long flags = local_irq_save();
	bool pending = i8259_read_both(OCW3_READ_IRR) >> irq & 1;

	local_irq_restore(flags);
	return pending;
}

int i8259_set_level(unsigned int irq)
{
	const u16 port = (u16)(pic.levels + irq / INPUTS);
	unsigned long flags;

	if (irq >= 2 * INPUTS || (ALWAYS_EDGE & BIT(irq)))
		return -EINVAL;
	flags = local_irq_save();
	outb(inb(port) | BIT(irq % INPUTS), port);
	local_irq_restore(flags);
	return 0;
}

static const struct irq_chip i8259_chip = {
	.name = "XT-PIC",
	.nr_irqs = 2 * INPUTS,
	.ack = pic_ack,
	.eoi = pic_eoi,
	.mask = pic_mask,
	.unmask = pic_unmask,
};

static void i8259_start(u8 vector_base)
{
	outb(ICW1_INIT, pic.master + COMMAND);
	outb(ICW1_INIT, pic.slave + COMMAND);
	outb(vector_base, pic.master + DATA); // ICW2
	outb(vector_base + INPUTS, pic.slave + DATA);
	outb(1 << CASCADE_INPUT, pic.master + DATA); // ICW3: inputs with a slave
	outb(CASCADE_INPUT, pic.slave + DATA);       // ICW3: its own number
	outb(ICW4_8086, pic.master + DATA);
	outb(ICW4_8086, pic.slave + DATA);
	write_mask((u16) ~(1U << CASCADE_INPUT));
	irq_set_chip(&i8259_chip);
}

// Claims the ports of chip `index`. Returns its base, or 0.
static u16 i8259_claim(struct device *dev, unsigned int index)
{
	const struct resource *res = device_get_resource(dev, IORESOURCE_IO, index);

	if (!res || !devm_request_region(dev, res->start, resource_size(res), dev->driver->name))
		return 0;
	return (u16)res->start;
}

static int i8259_probe(struct device *dev)
{
	pic.master = i8259_claim(dev, 0);
	pic.slave = i8259_claim(dev, 1);
	pic.levels = i8259_claim(dev, 2);
	if (!pic.master || !pic.slave || !pic.levels)
		return -EBUSY;
	i8259_start(IRQ_BASE);
	return 0;
}

static const char *const names[] = { "intel,8259", NULL };

struct device_driver i8259_driver = {
	.name = "i8259", .compatible = names, .probe = i8259_probe, .single = true
};
