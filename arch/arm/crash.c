// SPDX-License-Identifier: MIT
// Ways to crash that are specific to this CPU (kernel/debug/crash.c has the others).

#include <arch/trap.h>
#include <lib/compiler.h>
#include <lib/types.h>

// LDM faults on an unaligned address even if SCTLR.A is 0 (ARM ARM DDI 0406C, A3.2.1).
static __noinline void crash_unaligned(void)
{
	static const u32 words[4];

	__asm__ volatile("ldm %0, {r2, r3}" ::"r"((const char *)words + 1) : "r2", "r3", "memory");
}

static __noinline void crash_svc(void)
{
	__asm__ volatile("svc 0" ::: "lr", "memory");
}

static __noinline void crash_breakpoint(void)
{
	__asm__ volatile("bkpt 0" ::: "memory");
}

// Misaligns sp by two bytes: the stack has room, but exception entry cannot store registers there.
static __noinline void crash_oddstack(void)
{
	__asm__ volatile("sub	sp, sp, #2\n\t"
			 "ldr	r0, [%0]" ::"r"(0)
			 : "r0", "memory");
}

static __noinline void crash_nostack(void)
{
	__asm__ volatile("mov	sp, %0\n\t"
			 "ldr	r0, [%0]" ::"r"(0)
			 : "r0", "memory");
}

const struct crash_kind arch_crash_kinds[] = {
	{ "unaligned", "load two words from an odd address", crash_unaligned },
	{ "svc", "make a system call from inside the kernel", crash_svc },
	{ "breakpoint", "execute a breakpoint without a debugger", crash_breakpoint },
	{ "oddstack", "read NULL while the stack pointer is no multiple of 4", crash_oddstack },
	{ "nostack", "read NULL while the stack pointer leads nowhere", crash_nostack },
	{ NULL, NULL, NULL },
};
