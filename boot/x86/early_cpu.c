// SPDX-License-Identifier: MIT
// Checks that the CPU has what the kernel's code needs, before the first instruction that needs it.
//
// Rules: this file, early_console.c and early_trap.c run before the check, so the Makefile compiles
// them for the 80386; compiled -fpie. What the page tables need is checked later (pt_enable_format()).
// Linux: arch/x86/boot/cpucheck.c.

#include <asm/cpuid.h>
#include <boot/x86/early.h>
#include <boot/x86/pc.h>
#include <drivers/uart/ns16550.h>
#include <lib/util.h>

// The names are arrays in the table: with paging off, pointers in static tables are wrong.
static const struct {
	unsigned int feature;
	char name[8];
} needed[] = {
	{ X86_FEATURE_TSC, "TSC" },   // cpu_cycles()
	{ X86_FEATURE_CMOV, "CMOV" }, // -march=i686
};

void early_cpu_check(void)
{
	bool missing = false;

	ns16550_setup(PC_COM1);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (cpu_has(needed[i].feature))
			continue;
		early_puts(missing ? ", no " : "boot: this CPU has no ");
		early_puts(needed[i].name);
		missing = true;
	}
	if (!missing)
		return;
	early_puts(", which this kernel is built for\n");
	early_stop();
}
