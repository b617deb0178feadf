// SPDX-License-Identifier: MIT
// The Generic Timer (ARM ARM DDI 0406C, chapter B8): the virtual timer ticks, the virtual counter is the
// clock. Virtual, because it is there whether or not a hypervisor is.
//
// Owns: CNTV_CTL and CNTV_CVAL.
// Linux: drivers/clocksource/arm_arch_timer.c.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <drivers/timer/arch_timer.h>
#include <kernel/irq.h>
#include <kernel/time.h>
#include <lib/util.h>

#define CNTV_CTL_ENABLE BIT(0)

static struct {
	u32 period; // counts per tick
	u64 next;   // when the next tick is due
	struct clocksource clock;
} timer;

static u64 counter_read(void)
{
	isb(); // not before what comes before it in the program (B8.1.2)
	return cp15_read64(CNTVCT);
}

// Each tick is due one period after the last one was, not after it was handled: no drift. One that
// comes too late for its successor, too, makes up for it.
static irqreturn_t timer_interrupt(int irq, void *dev)
{
	if (counter_read() < timer.next)
		return IRQ_NONE;
	while (counter_read() >= timer.next) {
		timer.next += timer.period;
		timer_tick();
	}
	cp15_write64(CNTV_CVAL, timer.next);
	isb();
	cpu_cycles(); // counts PMCCNTR's wraps
	return IRQ_HANDLED;
}

int arch_timer_init(unsigned int irq, u32 hz)
{
	int err;

	if (hz == 0)
		hz = cp15_read(CNTFRQ);
	if (hz < HZ)
		return -EINVAL;
	timer.clock = (struct clocksource){ "arch_timer", hz, counter_read };
	clocksource_register(&timer.clock);
	timer.period = hz / HZ;
	timer.next = counter_read() + timer.period;
	cp15_write64(CNTV_CVAL, timer.next);
	cp15_write(CNTV_CTL, CNTV_CTL_ENABLE);
	isb();
	err = request_irq(irq, timer_interrupt, 0, "arch_timer", &timer);
	if (err)
		cp15_write(CNTV_CTL, 0);
	return err;
}
