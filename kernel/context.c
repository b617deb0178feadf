// SPDX-License-Identifier: MIT
// Whether the running code may sleep.
//
// Linux: __might_resched() in kernel/sched/core.c.

#include <arch/cpu.h>
#include <kernel/context.h>
#include <kernel/irq.h>
#include <kernel/oops.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>

bool system_running;
#if CONFIG_DEBUG
unsigned int spinlocks_taken;
#endif
unsigned long might_sleep_reports;

bool can_sleep(void)
{
	return !in_interrupt() && !irqs_disabled() && spinlocks_held() == 0;
}

void __might_sleep(const char *file, int line)
{
	if (!system_running || can_sleep())
		return;
	might_sleep_reports++;
	pr_err("BUG: sleeping function called from invalid context at %s:%d (%s)\n", file, line,
	       in_interrupt()    ? "in an interrupt"
	       : irqs_disabled() ? "interrupts masked"
				 : "with a spinlock");
	dump_stack(NULL);
}
