// SPDX-License-Identifier: MIT
// The CPU as the contract wants it (include/arch/cpu.h): the interrupt flag is a variable, an
// interrupt is a signal, and one that comes while the flag says no waits in `pending`.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

extern struct host_cpu {
	volatile bool irqs_off;
	volatile bool pending; // a tick came meanwhile
} host_cpu;

// Handles what is pending. Interrupts are enabled. (arch/host/irq.c)
void host_take_pending(void);

// Sleeps until a tick has come. (arch/host/irq.c)
void cpu_wait(void);

static inline void local_irq_disable(void)
{
	host_cpu.irqs_off = true;
	barrier();
}

static inline void local_irq_enable(void)
{
	barrier();
	host_cpu.irqs_off = false;
	if (unlikely(host_cpu.pending))
		host_take_pending();
}

static inline unsigned long local_irq_save(void)
{
	unsigned long flags = host_cpu.irqs_off;

	local_irq_disable();
	return flags;
}

static inline void local_irq_restore(unsigned long flags)
{
	if (!flags)
		local_irq_enable();
	else
		local_irq_disable();
}

static inline bool irqs_disabled(void)
{
	return host_cpu.irqs_off;
}

static inline void cpu_relax(void)
{
	__builtin_ia32_pause();
}

static inline u64 cpu_cycles(void)
{
	return __builtin_ia32_rdtsc();
}

#define CPU_SPIN_INSTRUCTIONS 2
static __always_inline void cpu_spin(u32 rounds)
{
	__asm__ volatile("1:	subl $1, %0\n"
			 "	jnz 1b"
			 : "+r"(rounds)
			 :
			 : "cc");
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
