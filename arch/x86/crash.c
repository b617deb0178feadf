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

const struct crash_kind arch_crash_kinds[] = {
	{ "divide", "divide by zero", crash_divide },
	{ NULL, NULL, NULL },
};
