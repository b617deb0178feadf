// SPDX-License-Identifier: MIT
// Interrupts: the handler of each, on one interrupt controller.
#pragma once

#include <arch/trap.h>
#include <lib/compiler.h>

typedef enum { IRQ_NONE, IRQ_HANDLED } irqreturn_t;
typedef irqreturn_t (*irq_handler_t)(int irq, void *dev);

#define NR_IRQS 256

// An interrupt controller. Numbers are the controller's own.
struct irq_chip {
	const char *name;
	unsigned int nr_irqs;
	int (*ack)(int hint);          // returns the pending interrupt, or -ENOENT: spurious;
				       // hint: its number if the CPU's vector gives it, or -1
	void (*eoi)(unsigned int irq); // end of interrupt: its handler is done
	void (*mask)(unsigned int irq);
	void (*unmask)(unsigned int irq);
};
void irq_set_chip(const struct irq_chip *chip);

// Installs a handler for an interrupt and unmasks it. flags: 0. dev is passed to the handler and must
// be unique per handler. Returns 0, -EINVAL (bad number, flags or handler), -EBUSY (it has a handler).
// May be called before interrupts are enabled; not in interrupts.
__must_check int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags,
			     const char *name, void *dev);
// Masks the interrupt and removes its handler. If the handler is not dev's, reports that and changes
// nothing. Any context.
void free_irq(unsigned int irq, void *dev);

// The arch's interrupt entry calls this, on the interrupted stack, with interrupts masked. It changes to
// the interrupt stack, asks the chip for the number and runs the handler.
void irq_entry(struct pt_regs *regs, int hint);

// Number of running handlers: 0 or 1. Only irq_entry() writes it.
extern unsigned long irq_depth;

// Whether an interrupt handler is running.
static inline bool in_interrupt(void)
{
	return irq_depth != 0;
}

// The interrupted code's registers; NULL outside of interrupts.
const struct pt_regs *irq_regs(void);

// One line per interrupt, in the format of /proc/interrupts.
void irq_show(void (*line)(const char *text, void *arg), void *arg);
