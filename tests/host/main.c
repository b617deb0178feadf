// SPDX-License-Identifier: MIT
// The suites on the host: starts mm/ as kmain() does, without boot/, and runs the tests of a glob.
// Usage: tests [GLOB], or tests --alone NAME (tests/host/alone.c)

#include <arch/cpu.h>
#include <arch/host/host.h>
#include <kernel/context.h>
#include <kernel/ktest.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <mm/balance.h>
#include <mm/slab.h>

#include "alone.h"
#include "start.h"

// After all suites everything must add up, and no translation may have outlived its mapping.
static void check_all(void)
{
	slab_check();
	buddy_check();
	if (tlb_stale() != 0)
		panic("%d stale TLB entries, the first at %08lx", tlb_stale(), tlb_first_stale());
}

int host_main(int argc, char **argv)
{
	int failed;

	host_start_kernel();
	sched_init();
	machine_init_irqchip();
	machine_init_timer();
	local_irq_enable();
	system_running = true;
	ktest_balance = &memory_balance;
	ktest_timeout = 120 * HZ; // here a tick is one of the clock on the wall
	if (argc == 3 && strcmp(argv[1], "--alone") == 0)
		run_alone(argv[2]);
	failed = ktest_run(argc > 1 ? argv[1] : "*");
	check_all();
	return failed == 0 ? 0 : EXIT_FAIL;
}
