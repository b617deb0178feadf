// SPDX-License-Identifier: MIT
// Interrupt flag, waiting and cycle counter on ARMv7-A (include/arch/cpu.h).
#pragma once

#include <asm/cp15.h>
#include <asm/regs.h>
#include <lib/compiler.h>
#include <lib/types.h>
#include <lib/util.h>

// Returns all of CPSR.
static inline unsigned long local_irq_save(void)
{
	unsigned long cpsr;

	__asm__ volatile("mrs %0, cpsr\n\tcpsid i" : "=r"(cpsr)::"memory");
	return cpsr;
}

static inline void local_irq_enable(void)
{
	__asm__ volatile("cpsie i" ::: "memory");
}

static inline void local_irq_disable(void)
{
	__asm__ volatile("cpsid i" ::: "memory");
}

static inline void local_irq_restore(unsigned long cpsr)
{
	__asm__ volatile("msr cpsr_c, %0" : : "r"(cpsr) : "memory");
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

// A masked interrupt also wakes WFI (B1.8.14). The last line then takes it, so none is missed.
static inline void cpu_wait(void)
{
	local_irq_disable();
	dsb();
	__asm__ volatile("wfi" ::: "memory");
	local_irq_enable();
}

// PMCCNTR has 32 bits. This counts its wraps, so it must be called at least once in 2^32 cycles. The
// timer's interrupt does that.
u64 cpu_cycles(void);

// PMCR and PMCNTENSET (ARM ARM DDI 0406C, B4.1.117)
#define PMCR_E       BIT(0)  // count
#define PMCR_C       BIT(2)  // PMCCNTR becomes 0
#define PMCR_D       BIT(3)  // count only every 64th cycle
#define PMCNTENSET_C BIT(31) // the cycle counter

// Starts PMCCNTR at 0. Called once, at the kernel's entry, with the MMU on or off.
static inline void cpu_cycles_start(void)
{
	cp15_write(PMCNTENSET, PMCNTENSET_C);
	cp15_write(PMCR, (cp15_read(PMCR) | PMCR_E | PMCR_C) & ~PMCR_D);
}

#define CPU_SPIN_INSTRUCTIONS 2
static __always_inline void cpu_spin(u32 rounds)
{
	__asm__ volatile("1:\tsubs %0, %0, #1\n\tbne 1b" : "+r"(rounds)::"cc");
}

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
