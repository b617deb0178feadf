// SPDX-License-Identifier: MIT
// The start and the end of a sanitizer's report.
//
// Linux goes on after a report (unless panic_on_warn= is set). Here it ends the machine, like any other
// kernel bug.

#include <arch/cpu.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sanitizer.h>
#include <lib/format.h>

struct sanitizer sanitizer;

bool sanitizer_begin(void)
{
	const unsigned long flags = local_irq_save();
	const bool first = !sanitizer.reporting;

	sanitizer.reporting = true;
	local_irq_restore(flags);
	return first;
}

void sanitizer_end(const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sanitizer.reports++;
	if (sanitizer.expected == 0)
		panic("%s", text); // with the callers
	sanitizer.expected--;
	dump_stack(NULL);
	sanitizer.reporting = false;
}
