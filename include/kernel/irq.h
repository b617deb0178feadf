// SPDX-License-Identifier: MIT
// Interrupts: who handles which, over one interrupt controller.
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
	int (*ack)(int hint);          // the interrupt signalled now, or -ENOENT when spurious;
				       // hint is what the CPU's vector said, or -1
	void (*eoi)(unsigned int irq); // its handler is done
	void (*mask)(unsigned int irq);
	void (*unmask)(unsigned int irq);
};
void irq_set_chip(const struct irq_chip *chip);

// Gives an interrupt to a handler and unmasks it. flags: 0. dev is handed to the handler and must
// be unique per handler. Returns 0, -EINVAL (no such number, no handler), -EBUSY (taken).
// May be called before interrupts are enabled; not in interrupts.
__must_check int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags,
			     const char *name, void *dev);
// Takes it back and masks it; what does not belong to dev is reported, and stays. Any context.
void free_irq(unsigned int irq, void *dev);

// Upcall of the arch's interrupt entry, on the interrupted stack, interrupts masked: moves to the
// interrupt stack, asks the chip, runs the handler.
void irq_entry(struct pt_regs *regs, int hint);

// How many handlers run: 0 or 1. Written by irq_entry() alone.
extern unsigned long irq_depth;

// Whether an interrupt handler is running.
static inline bool in_interrupt(void)
{
	return irq_depth != 0;
}

// What the innermost interrupt interrupted; NULL outside of interrupts.
const struct pt_regs *irq_regs(void);

// One line per interrupt, in the format of /proc/interrupts.
void irq_show(void (*line)(const char *text, void *arg), void *arg);
