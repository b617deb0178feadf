// SPDX-License-Identifier: MIT
// The contract for the CPU: interrupt flag, waiting, name and features, cycle counter.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// asm/cpu.h gives, as inline functions:
//   unsigned long local_irq_save(void)        masks interrupts, returns the previous state
//   void local_irq_restore(unsigned long)     restores that state
//   void local_irq_enable(void), local_irq_disable(void)
//   bool irqs_disabled(void)
//   void cpu_relax(void)                      for the body of a polling loop
//   void cpu_wait(void)                       enables interrupts and sleeps until one comes; does not
//                                             miss one that comes in between; returns with
//                                             interrupts enabled
//   u64 cpu_cycles(void)                      PMCCNTR, TSC; counts executed instructions under -icount
//   void cpu_spin(u32 rounds)                 executes rounds * CPU_SPIN_INSTRUCTIONS instructions; rounds > 0
//   unsigned long current_sp(void), current_fp(void)
#include <asm/cpu.h>

// Stops the CPU forever, interrupts masked.
__noreturn void cpu_halt(void);

// For the boot log: the CPU's name, and its features that matter here, one line each.
void cpu_describe(char *name, size_t name_size, char *features, size_t features_size);

// Four words that differ at each boot, if the machine has a source of entropy.
void cpu_entropy(u32 key[4]);

// Calls fn(arg) on the stack that ends at `top`, then returns on the caller's stack.
void call_on_stack(void (*fn)(void *arg), void *arg, void *top);
