// SPDX-License-Identifier: MIT
// The functions that a board provides, implemented in boot/<arch>/machine*.c: find and start its devices,
// in kmain's order, and end the machine.
#pragma once

#include <lib/compiler.h>

// Each finds its devices (from the device tree, or at a PC's fixed addresses), starts the driver and
// registers it. A missing device is a panic, except where noted.
void machine_init_irqchip(void);
void machine_init_timer(void);
void machine_init_console(void); // interrupt-driven input; a missing UART is only reported
void machine_init_rtc(void);     // a missing clock is only reported
// Finds the PCI bus, if there is one, its devices and their drivers. May sleep.
void machine_init_pci(void);

// QEMU's exit statuses, the same on every machine: isa-debug-exit can only return odd ones, and 1 is
// QEMU's own.
#define EXIT_OK    33
#define EXIT_FAIL  35
#define EXIT_PANIC 37

// Ends QEMU with this status; without a device for that, powers off; if that fails too, halts.
__noreturn void machine_exit(int status);
__noreturn void machine_power_off(void);
__noreturn void machine_restart(void);
