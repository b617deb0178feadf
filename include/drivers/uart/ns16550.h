// SPDX-License-Identifier: MIT
// The 16550 UART at I/O ports: registers, polled output, and the console driver.
//
// Manual: National Semiconductor PC16550D, 8.0 (registers).
#pragma once

#include <asm/io.h>
#include <lib/compiler.h>

// Offsets from the base port.
#define NS16550_RBR 0 // receiver buffer (read), with DLAB: divisor, low byte
#define NS16550_THR 0 // transmitter holding (write)
#define NS16550_DLL 0
#define NS16550_IER 1 // interrupt enable, with DLAB: divisor, high byte
#define NS16550_DLM 1
#define NS16550_FCR 2 // FIFO control
#define NS16550_LCR 3 // line control
#define NS16550_MCR 4 // modem control
#define NS16550_LSR 5 // line status
#define NS16550_SCR 7 // scratch

#define NS16550_IER_RECEIVED 0x01
#define NS16550_FCR_ENABLE   0x01
#define NS16550_FCR_CLEAR    0x06 // both FIFOs
#define NS16550_LCR_8N1      0x03
#define NS16550_LCR_DLAB     0x80
#define NS16550_MCR_DTR      0x01
#define NS16550_MCR_RTS      0x02
#define NS16550_MCR_OUT2     0x08 // on a PC: connects the interrupt line
#define NS16550_LSR_READY    0x01 // a character has been received
#define NS16550_LSR_THRE     0x20 // ready to send the next character

// The PC's UART has a clock of 1.8432 MHz, divided by 16: 115200 baud with divisor 1.
#define NS16550_DIVISOR 1

// Waits this often at most: a UART that is broken costs output, not the machine.
#define NS16550_TRIES 100000

// Any context, any address space: touches ports only. Sets 115200 baud, 8N1, FIFOs on, no interrupts.
static inline void ns16550_setup(u16 base)
{
	outb(0, base + NS16550_IER);
	outb(NS16550_LCR_DLAB | NS16550_LCR_8N1, base + NS16550_LCR);
	outb(NS16550_DIVISOR, base + NS16550_DLL);
	outb(0, base + NS16550_DLM);
	outb(NS16550_LCR_8N1, base + NS16550_LCR);
	outb(NS16550_FCR_ENABLE | NS16550_FCR_CLEAR, base + NS16550_FCR);
	outb(NS16550_MCR_DTR | NS16550_MCR_RTS, base + NS16550_MCR);
}

// Sends one character unchanged, by polling. Any context, ports only.
static inline void ns16550_putc(u16 base, char c)
{
	for (int i = 0; i < NS16550_TRIES && !(inb(base + NS16550_LSR) & NS16550_LSR_THRE); i++)
		;
	outb(c, base + NS16550_THR);
}

// Makes the UART the console; it must be set up. Output is polled.
void ns16550_console(u16 base);

// Claims the console's ports and receives input by interrupt; its probe returns -ENODEV if no UART
// answers. For one device.
extern struct device_driver ns16550_driver;
