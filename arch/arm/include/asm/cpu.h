// SPDX-License-Identifier: MIT
// The CPU's interrupt flag, waiting, and counters on ARMv7-A.
#pragma once

#include <asm/cp15.h>
#include <asm/regs.h>
#include <lib/compiler.h>
#include <lib/types.h>

static inline unsigned long local_irq_save(void)
{
	unsigned long cpsr;

	__asm__ volatile("mrs %0, cpsr\n\tcpsid i" : "=r"(cpsr)::"memory");
	return cpsr & PSR_I;
}

static inline void local_irq_enable(void)
{
	__asm__ volatile("cpsie i" ::: "memory");
}

static inline void local_irq_disable(void)
{
	__asm__ volatile("cpsid i" ::: "memory");
}

static inline void local_irq_restore(unsigned long state)
{
	if (!(state & PSR_I))
		local_irq_enable();
	else
		local_irq_disable();
}

static inline bool irqs_disabled(void)
{
	unsigned long cpsr;

	__asm__ volatile("mrs %0, cpsr" : "=r"(cpsr)::"memory");
	return cpsr & PSR_I;
}

static inline void cpu_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

// WFI also ends for an interrupt that is masked (B1.8.14), so none is lost before the last line.
static inline void cpu_wait(void)
{
	local_irq_disable();
	dsb();
	__asm__ volatile("wfi" ::: "memory");
	local_irq_enable();
}

// PMCCNTR has 32 bits: the upper half is counted here, which needs a call in each 2^32 cycles. The
// timer's interrupt makes it.
u64 cpu_cycles(void);
// Starts PMCCNTR. Once, from trap_init().
void cpu_cycles_start(void);

static inline unsigned long current_sp(void)
{
	unsigned long sp;

	__asm__ volatile("mov %0, sp" : "=r"(sp));
	return sp;
}

static inline unsigned long current_fp(void)
{
	return (unsigned long)__builtin_frame_address(0);
}
