// SPDX-License-Identifier: MIT
// The PL011 UART (ARM DDI 0183) as the console.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// What it takes to send a character (ARM DDI 0183, 3.2).
#define PL011_DR        0x00
#define PL011_FR        0x18
#define PL011_FR_TXFF   0x20 // no room to transmit
#define PL011_CR        0x30
#define PL011_CR_UARTEN 0x001
#define PL011_CR_TXE    0x100

// Polled output to the UART at these registers, before there is a console. At any address, with the
// MMU off too.
void pl011_early_puts(void __iomem *regs, const char *s);

// Whether the page at this address says that it is a PL011's registers. Reads it, and nothing else.
bool pl011_is_at(const void __iomem *regs);

// The console writes to the UART at these registers from now on. Any context. Boot gives a mapping that
// needs no allocator; the driver brings its own.
void pl011_console(void __iomem *regs);

// Takes the console over, and gives it input by interrupt. For one device: of a board's UARTs the
// one that boot has chosen for output.
extern struct device_driver pl011_driver;
