// SPDX-License-Identifier: MIT
// The PL011 UART (ARM DDI 0183) as the console.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// The registers needed to send a character (ARM DDI 0183, 3.2).
#define PL011_DR        0x00
#define PL011_FR        0x18
#define PL011_FR_TXFF   0x20 // transmit FIFO full
#define PL011_CR        0x30
#define PL011_CR_UARTEN 0x001
#define PL011_CR_TXE    0x100

// Polled output to the UART at these registers, before there is a console. Works at any address, also
// with the MMU off.
void pl011_early_puts(void __iomem *regs, const char *s);

// Whether the identification registers in this page are a PL011's. Only reads.
bool pl011_is_at(const void __iomem *regs);

// Makes the UART at these registers the console. Any context. Boot passes a mapping that needs no
// allocator; the driver later replaces it by its own.
void pl011_console(void __iomem *regs);

// Takes over the console, and adds input by interrupt. For one device: boot's choice for output.
extern struct device_driver pl011_driver;
