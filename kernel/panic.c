// SPDX-License-Identifier: MIT
// Panic: prints the reason and ends the machine.
//
// Linux: kernel/panic.c waits for a reboot (panic=SECONDS); here the default is to exit from QEMU with a
// status; panic=halt waits for a debugger.

#include <arch/cpu.h>
#include <kernel/machine.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/format.h>

bool panic_halts;

static struct {
	int depth; // nested panics: the second prints no call trace, the third nothing
} state;

void panic_stop(void)
{
	if (panic_halts) {
		pr_emerg("Halted: attach a debugger (panic=halt)\n");
		cpu_halt();
	}
	machine_exit(EXIT_PANIC);
}

void panic(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	local_irq_disable();
	console_verbose();
	if (state.depth++ > 1)
		machine_exit(EXIT_PANIC);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pr_emerg("Kernel panic - not syncing: %s\n", text);
	if (state.depth == 1)
		dump_stack(NULL);
	pr_emerg("---[ end Kernel panic - not syncing: %s ]---\n", text);
	panic_stop();
}

void bug(const char *file, int line, const char *func, const char *cond)
{
	panic("kernel BUG at %s:%d in %s(): %s", file, line, func, cond);
}

void warn(const char *file, int line, const char *func, const char *cond)
{
	pr_err("WARNING: %s:%d in %s(): %s\n", file, line, func, cond);
	dump_stack(NULL);
}
