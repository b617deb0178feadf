// SPDX-License-Identifier: MIT
// The CPU's part of the contract (include/arch/cpu.h), and access to its control registers.
#pragma once

#include <asm/processor.h>
#include <lib/compiler.h>
#include <lib/types.h>

#define X86_CR_ACCESSORS(cr)                                                     \
	static inline unsigned long read_##cr(void)                              \
	{                                                                        \
		unsigned long val;                                               \
		__asm__ volatile("movl %%" #cr ", %0" : "=r"(val) : : "memory"); \
		return val;                                                      \
	}                                                                        \
	static inline void write_##cr(unsigned long val)                         \
	{                                                                        \
		__asm__ volatile("movl %0, %%" #cr : : "r"(val) : "memory");     \
	}
X86_CR_ACCESSORS(cr0)
X86_CR_ACCESSORS(cr2)
X86_CR_ACCESSORS(cr3)
X86_CR_ACCESSORS(cr4)

static inline u64 rdmsr(u32 msr)
{
	u64 val;

	__asm__ volatile("rdmsr" : "=A"(val) : "c"(msr));
	return val;
}

static inline void wrmsr(u32 msr, u64 val)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "A"(val) : "memory");
}

static inline unsigned long eflags_read(void)
{
	unsigned long flags;

	__asm__ volatile("pushfl; popl %0" : "=r"(flags) : : "memory");
	return flags;
}

static inline void eflags_write(unsigned long flags)
{
	__asm__ volatile("pushl %0; popfl" : : "r"(flags) : "memory", "cc");
}

static inline void local_irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void local_irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline unsigned long local_irq_save(void)
{
	unsigned long flags = eflags_read();

	local_irq_disable();
	return flags;
}

static inline void local_irq_restore(unsigned long flags)
{
	eflags_write(flags);
}

static inline bool irqs_disabled(void)
{
	return !(eflags_read() & X86_EFLAGS_IF);
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

// STI takes effect after the next instruction, so no interrupt can come between STI and HLT.
static inline void cpu_wait(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

// Every CPU with PAE or PSE has a TSC.
static inline u64 cpu_cycles(void)
{
	u64 tsc;

	__asm__ volatile("rdtsc" : "=A"(tsc) : : "memory");
	return tsc;
}

#define CPU_SPIN_INSTRUCTIONS 2
static __always_inline void cpu_spin(u32 rounds)
{
	__asm__ volatile("1:\tsubl $1, %0\n\tjnz 1b" : "+r"(rounds) : : "cc");
}

static __always_inline unsigned long current_sp(void)
{
	unsigned long sp;

	__asm__ volatile("movl %%esp, %0" : "=r"(sp));
	return sp;
}

static __always_inline unsigned long current_fp(void)
{
	return (unsigned long)__builtin_frame_address(0);
}

// Enables PGE, SMEP, SMAP and write combining (PAT), if the CPU has them. Call once, after paging is on.
void cpu_init(void);
