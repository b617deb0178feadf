// SPDX-License-Identifier: MIT
// What a board gives the kernel, implemented in boot/<arch>/machine*.c: its devices, found and
// started in the order that kmain asks for, and the ways to end.
#pragma once

#include <lib/compiler.h>

// Each finds its devices (device tree, or what a PC has by definition), starts the driver and
// registers it. A missing device is a panic with a sentence, except where noted.
void machine_init_irqchip(void);
void machine_init_timer(void);
void machine_init_console(void); // interrupt-driven input; a missing UART is only reported
void machine_init_rtc(void);     // a missing clock is only reported
// Finds the PCI bus, where there is one, its devices and their drivers. May sleep.
void machine_init_pci(void);

// Exit statuses that QEMU hands to the host, the same on every machine: isa-debug-exit can only
// say odd ones, and 1 is QEMU's own.
#define EXIT_OK    33
#define EXIT_FAIL  35
#define EXIT_PANIC 37

// Ends QEMU with this status; where no such device answers, powers off; else halts.
__noreturn void machine_exit(int status);
__noreturn void machine_power_off(void);
__noreturn void machine_restart(void);
