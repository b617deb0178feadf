// SPDX-License-Identifier: MIT
// Interrupts of a program: one line, the timer's, which is a signal 100 times a second.
//
// Owns: host_cpu. Rules: the signal's handler runs on the stack of what it interrupted.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/host/host.h>
#include <arch/host/os.h>
#include <kernel/irq.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <kernel/time.h>

struct host_cpu host_cpu = { .irqs_off = true };

#define TIMER_IRQ 0
#define NR_LINES  16

static void take_irq(const struct pt_regs *regs)
{
	host_cpu.pending = false;
	host_cpu.irqs_off = true;
	irq_entry((struct pt_regs *)regs, TIMER_IRQ);
	host_cpu.irqs_off = false;
}

void host_tick(unsigned long pc, unsigned long sp, unsigned long fp)
{
	const struct pt_regs regs = { pc, sp, fp };

	if (host_cpu.irqs_off)
		host_cpu.pending = true;
	else
		take_irq(&regs);
}

void host_take_pending(void)
{
	const struct pt_regs regs = { __RETURN_ADDRESS, current_sp(), current_fp() };

	os_block_ticks();
	if (host_cpu.pending)
		take_irq(&regs);
	os_unblock_ticks();
}

void cpu_wait(void)
{
	os_block_ticks();
	if (!host_cpu.pending)
		os_wait_tick();
	os_unblock_ticks();
	local_irq_enable();
}

void call_on_stack(void (*fn)(void *arg), void *arg, void *top)
{
	unsigned long sp = (unsigned long)top - 16;

	__asm__ volatile("xchgl	%%esp, %0\n"
			 "	movl	%2, (%%esp)\n"
			 "	call	*%1\n"
			 "	movl	%0, %%esp"
			 : "+b"(sp)
			 : "r"(fn), "r"(arg)
			 : "eax", "ecx", "edx", "memory", "cc");
}

static int ack(int hint)
{
	return hint;
}

static void host_irq_nop(unsigned int irq)
{
}

static const struct irq_chip chip = {
	.name = "signals",
	.nr_irqs = NR_LINES,
	.ack = ack,
	.eoi = host_irq_nop,
	.mask = host_irq_nop,
	.unmask = host_irq_nop,
};

static irqreturn_t tick(int irq, void *dev)
{
	timer_tick();
	return IRQ_HANDLED;
}

static const struct clocksource monotonic = {
	.name = "monotonic",
	.hz = NSEC_PER_SEC,
	.read = os_nanoseconds,
};

void machine_init_irqchip(void)
{
	irq_set_chip(&chip);
}

void machine_init_timer(void)
{
	BUG_ON(clocksource_register(&monotonic) != 0);
	BUG_ON(request_irq(TIMER_IRQ, tick, 0, "timer", NULL) != 0);
	os_start_ticks(HZ);
}
