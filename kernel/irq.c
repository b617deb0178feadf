// SPDX-License-Identifier: MIT
// Interrupts: the table of handlers, and the path from the arch's entry to them.
//
// Owns: irqs.desc[]. Locks: [i] changed with interrupts masked.
// Rules: handlers run on the interrupt stack with interrupts masked, and do not nest.
// Linux: kernel/irq/, with several chips, domains, threads and sharing.

#include <abi/errno.h>
#include <arch/layout.h>
#include <arch/cpu.h>
#include <kernel/irq.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sections.h>
#include <lib/format.h>

struct irq_desc {
	irq_handler_t handler; // [i] NULL: free
	const char *name;      // [i]
	void *dev;             // [i]
	u32 count;             // [i] times handled
	u32 refused;           // [i] times in a row that the handler returned IRQ_NONE
};

// Think first: after this many IRQ_NONE in a row, the interrupt is not for this handler: mask it.
#define REFUSED_MAX 1000

static struct {
	const struct irq_chip *chip;
	struct irq_desc desc[NR_IRQS];
	const struct pt_regs *regs; // [i] of the interrupted code; NULL: no handler runs
	u32 spurious, unhandled;    // [i]
} irqs;

unsigned long irq_depth;

void irq_set_chip(const struct irq_chip *chip)
{
	irqs.chip = chip;
	pr_info("irq: %s, %u interrupts\n", chip->name, chip->nr_irqs);
}

int request_irq(unsigned int irq, irq_handler_t handler, unsigned long irqflags, const char *name,
		void *dev)
{
	unsigned long flags;
	int err = 0;

	if (!irqs.chip || !handler || irqflags != 0 || irq >= NR_IRQS || irq >= irqs.chip->nr_irqs)
		return -EINVAL;
	flags = local_irq_save();
	if (irqs.desc[irq].handler) {
		err = -EBUSY;
	} else {
		irqs.desc[irq] = (struct irq_desc){ handler, name, dev, 0, 0 };
		irqs.chip->unmask(irq);
	}
	local_irq_restore(flags);
	return err;
}

void free_irq(unsigned int irq, void *dev)
{
	unsigned long flags = local_irq_save();

	if (irq >= NR_IRQS || !irqs.desc[irq].handler || irqs.desc[irq].dev != dev) {
		pr_err("free_irq: interrupt %u does not belong to device %px\n", irq, dev);
		dump_stack(NULL);
	} else {
		irqs.chip->mask(irq);
		irqs.desc[irq].handler = NULL;
	}
	local_irq_restore(flags);
}

// No handler stops this interrupt, so mask it: otherwise it would come again at once, forever.
static void irq_give_up(unsigned int irq)
{
	irqs.chip->mask(irq);
	pr_err("irq %u: nobody cared, masked\n", irq);
}

static void irq_handle(void *arg)
{
	int irq = irqs.chip->ack((int)(long)arg);
	struct irq_desc *desc = irq >= 0 && irq < NR_IRQS ? &irqs.desc[irq] : NULL;

	if (CONFIG_DEBUG)
		BUG_ON(current_sp() - (unsigned long)irq_stack >= IRQ_STACK_SIZE);
	if (irq < 0) {
		irqs.spurious++;
		return;
	}
	if (!desc || !desc->handler) {
		irqs.unhandled++;
		irq_give_up(irq);
	} else if (desc->handler(irq, desc->dev) == IRQ_HANDLED) {
		desc->count++;
		desc->refused = 0;
	} else {
		irqs.unhandled++;
		if (++desc->refused == REFUSED_MAX)
			irq_give_up(irq);
	}
	irqs.chip->eoi(irq);
}

void irq_entry(struct pt_regs *regs, int hint)
{
	BUG_ON(!irqs.chip);
	BUG_ON(in_interrupt());
	irqs.regs = regs;
	irq_depth++;
	call_on_stack(irq_handle, (void *)(long)hint, irq_stack_top);
	irq_depth--;
	irqs.regs = NULL;
}

const struct pt_regs *irq_regs(void)
{
	return irqs.regs;
}

void irq_show(void (*line)(const char *text, void *arg), void *arg)
{
	char text[80];

	line("           CPU0", arg);
	for (int irq = 0; irq < NR_IRQS; irq++) {
		const struct irq_desc *desc = &irqs.desc[irq];

		if (!desc->handler)
			continue;
		snprintf(text, sizeof(text), "%3d: %10u  %-8s %s", irq, desc->count,
			 irqs.chip->name, desc->name);
		line(text, arg);
	}
	snprintf(text, sizeof(text), "ERR: %10u  unhandled", irqs.unhandled);
	line(text, arg);
	snprintf(text, sizeof(text), "MIS: %10u  spurious", irqs.spurious);
	line(text, arg);
}
