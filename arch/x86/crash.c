// SPDX-License-Identifier: MIT
// Ways to crash that only this CPU knows.

#include <arch/trap.h>
#include <lib/compiler.h>

// In assembly, because compilers know better ways to divide by what might be zero.
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
