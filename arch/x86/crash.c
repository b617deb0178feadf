// SPDX-License-Identifier: MIT
// Ways to crash that are specific to this CPU (kernel/debug/crash.c has the others).

#include <arch/trap.h>
#include <lib/compiler.h>

// In assembly, because a compiler may not emit a DIV for a division by zero.
static __noinline void crash_divide(void)
{
	u32 quotient = 1, rest = 0;

	__asm__ volatile("divl %2" : "+a"(quotient), "+d"(rest) : "r"(0));
}

static __noinline void crash_nostack(void)
{
	__asm__ volatile("movl	%0, %%esp\n\t"
			 "movl	(%0), %0" ::"r"(0)
			 : "memory");
}

const struct crash_kind arch_crash_kinds[] = {
	{ "divide", "divide by zero", crash_divide },
	{ "nostack", "read NULL while the stack pointer leads nowhere", crash_nostack },
	{ NULL, NULL, NULL },
};
