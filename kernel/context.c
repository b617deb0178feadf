// SPDX-License-Identifier: MIT
// What the running code may do.
//
// Linux: __might_resched() in kernel/sched/core.c.

#include <arch/cpu.h>
#include <kernel/context.h>
#include <kernel/irq.h>
#include <kernel/oops.h>
#include <kernel/printk.h>

bool system_running;
unsigned long might_sleep_reports;

bool can_sleep(void)
{
	return !in_interrupt() && !irqs_disabled();
}

void __might_sleep(const char *file, int line)
{
	if (!system_running || can_sleep())
		return;
	might_sleep_reports++;
	pr_err("BUG: sleeping function called from invalid context at %s:%d (%s)\n", file, line,
	       in_interrupt() ? "in an interrupt" : "interrupts masked");
	dump_stack(NULL);
}
