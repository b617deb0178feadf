// SPDX-License-Identifier: MIT
// The 8254 timer: counter 0 divides PIT_HZ down to the tick, and what it has counted since the last
// tick makes a fine clock out of the coarse one.
//
// Locks: [i] changed with interrupts masked.
// Manual: Intel 8254 data sheet (231164), control word, counter latch command, mode 2.
// Linux: drivers/clocksource/i8253.c.

#include <arch/cpu.h>
#include <asm/io.h>
#include <drivers/irqchip/i8259.h>
#include <drivers/timer/pit.h>
#include <kernel/irq.h>
#include <kernel/panic.h>
#include <kernel/time.h>
#include <lib/util.h>

#define PIT_COUNTER0 0x40
#define PIT_CONTROL  0x43

#define CONTROL_LATCH0   0x00
#define CONTROL_COUNTER0 0x00
#define CONTROL_LOW_HIGH 0x30 // two bytes, the low one first
#define CONTROL_RATE     0x04 // mode 2: reloads itself

#define PIT_DIVISOR ((PIT_HZ + HZ / 2) / HZ)

static struct {
	unsigned int irq;
	u64 ticks; // [i] taken or lost so far
	u64 last;  // [i] what pit_read() said last
} pit;

// Counts since the counter was last reloaded: 0 .. PIT_DIVISOR - 1.
static u32 counted(void)
{
	u32 left;

	outb(CONTROL_COUNTER0 | CONTROL_LATCH0, PIT_CONTROL);
	left = inb(PIT_COUNTER0);
	left |= inb(PIT_COUNTER0) << 8;
	return left < PIT_DIVISOR ? PIT_DIVISOR - left : 0;
}

// The counter may have been reloaded already while the tick for it still waits: then it has counted
// little, or less than was told before. (A waiting tick beside a high count came after the latch.)
// If that is not enough, the counter has gone round once more: a tick that nobody will ever see.
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

void pit_init(unsigned int irq)
{
	static const struct clocksource cs = { .name = "pit", .hz = PIT_HZ, .read = pit_read };
	int err;

	pit.irq = irq;
	outb(CONTROL_COUNTER0 | CONTROL_LOW_HIGH | CONTROL_RATE, PIT_CONTROL);
	outb(PIT_DIVISOR & 0xff, PIT_COUNTER0);
	outb(PIT_DIVISOR >> 8, PIT_COUNTER0);
	err = request_irq(irq, pit_interrupt, 0, "timer", &pit);
	if (err)
		panic("pit_init: interrupt %u: error %d", irq, err);
	clocksource_register(&cs);
}
