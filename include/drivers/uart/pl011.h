// SPDX-License-Identifier: MIT
// The PL011 UART (ARM DDI 0183) as the console.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Polled output to the UART at these registers, before there is a console. At any address, with the
// MMU off too.
void pl011_early_puts(void *regs, const char *s);

// The console writes to the UART at these registers from now on. Any context.
void pl011_console(void *regs);

// Input by interrupt, into console_input(). 0 or request_irq()'s error; -ENODEV without pl011_console().
__must_check int pl011_input(unsigned int irq);
