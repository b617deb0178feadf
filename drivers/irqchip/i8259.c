// SPDX-License-Identifier: MIT
// The PC's interrupt controllers: two 8259A, the second hanging on input 2 of the first.
//
// Owns: the mask. Locks: [i] changed with interrupts masked.
// Manual: Intel 8259A data sheet (231468).
// Linux: arch/x86/kernel/i8259.c.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <asm/io.h>
#include <drivers/irqchip/i8259.h>
#include <kernel/irq.h>

#define MASTER_COMMAND 0x20
#define MASTER_DATA    0x21
#define SLAVE_COMMAND  0xa0
#define SLAVE_DATA     0xa1

#define ICW1_INIT     0x11 // edge triggered, cascaded, ICW4 follows
#define ICW4_8086     0x01 // 8086 mode, EOI by command
#define OCW2_EOI      0x60 // specific: the input's number in the low bits
#define OCW3_READ_IRR 0x0a
#define OCW3_READ_ISR 0x0b

#define CASCADE_INPUT 2
#define INPUTS        8
#define LOWEST_INPUT  (INPUTS - 1) // what a chip signals when the request has gone away

static struct {
	u16 mask; // [i] both chips, a set bit is masked
} pic;

static void write_mask(u16 mask)
{
	pic.mask = mask;
	outb(mask & 0xff, MASTER_DATA);
	outb(mask >> INPUTS, SLAVE_DATA);
}

// IRR or ISR of both chips, one behind the other. Reading ISR and going back to IRR is not needed:
// each reader asks for what it reads.
static u16 read_both(u8 ocw3)
{
	outb(ocw3, MASTER_COMMAND);
	outb(ocw3, SLAVE_COMMAND);
	return inb(MASTER_COMMAND) | inb(SLAVE_COMMAND) << INPUTS;
}

static void pic_eoi(unsigned int irq)
{
	if (irq >= INPUTS) {
		outb(OCW2_EOI | (irq - INPUTS), SLAVE_COMMAND);
		irq = CASCADE_INPUT;
	}
	outb(OCW2_EOI | irq, MASTER_COMMAND);
}

// A spurious interrupt looks like the lowest input, but is not in service. From the slave, the
// master took it for real and waits for its end.
static int pic_ack(int hint)
{
	if (hint % INPUTS != LOWEST_INPUT || (read_both(OCW3_READ_ISR) & 1U << hint))
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
	bool pending = read_both(OCW3_READ_IRR) >> irq & 1;

	local_irq_restore(flags);
	return pending;
}

static const struct irq_chip i8259_chip = {
	.name = "XT-PIC",
	.nr_irqs = 2 * INPUTS,
	.ack = pic_ack,
	.eoi = pic_eoi,
	.mask = pic_mask,
	.unmask = pic_unmask,
};

void i8259_init(u8 vector_base)
{
	outb(ICW1_INIT, MASTER_COMMAND);
	outb(ICW1_INIT, SLAVE_COMMAND);
	outb(vector_base, MASTER_DATA); // ICW2
	outb(vector_base + INPUTS, SLAVE_DATA);
	outb(1 << CASCADE_INPUT, MASTER_DATA); // ICW3: inputs with a slave
	outb(CASCADE_INPUT, SLAVE_DATA);       // ICW3: its own number
	outb(ICW4_8086, MASTER_DATA);
	outb(ICW4_8086, SLAVE_DATA);
	write_mask((u16) ~(1U << CASCADE_INPUT));
	irq_set_chip(&i8259_chip);
}
