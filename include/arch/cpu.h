// SPDX-License-Identifier: MIT
// The contract for the CPU: interrupt flag, waiting, what it is and can do, its cycle counter.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// asm/cpu.h gives, as inline functions:
//   unsigned long local_irq_save(void)        masks interrupts, returns the state before
//   void local_irq_restore(unsigned long)     back to that state
//   void local_irq_enable(void), local_irq_disable(void)
//   bool irqs_disabled(void)
//   void cpu_relax(void)                      inside a loop that polls
//   void cpu_wait(void)                       enables interrupts and sleeps until one comes, without
//                                             losing one that comes in between; returns with
//                                             interrupts enabled
//   u64 cpu_cycles(void)                      PMCCNTR, TSC; counts executed instructions under -icount
//   void cpu_spin(u32 rounds)                 executes rounds * CPU_SPIN_INSTRUCTIONS instructions; rounds > 0
//   unsigned long current_sp(void), current_fp(void)
#include <asm/cpu.h>

// Stops for good, interrupts masked.
__noreturn void cpu_halt(void);

// One line each for the boot log: the CPU's name, and its features that matter here.
void cpu_describe(char *name, size_t name_size, char *features, size_t features_size);

// Four words that differ from boot to boot where the machine has a source of entropy.
void cpu_entropy(u32 key[4]);

// Calls fn(arg) on another stack that ends at `top`, and comes back.
void call_on_stack(void (*fn)(void *arg), void *arg, void *top);
