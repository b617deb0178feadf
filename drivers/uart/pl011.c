// SPDX-License-Identifier: MIT
// The PL011 UART (PrimeCell UART PL011 TRM, ARM DDI 0183): polled output, input by interrupt.
//
// Owns: the registers. The line's speed and format stay what firmware has set.
// Rules: output works in any context; one UART.
// Linux: drivers/tty/serial/amba-pl011.c; the console's name, ttyAMA0, is from there.

#include <abi/errno.h>
#include <drivers/uart/pl011.h>
#include <kernel/console.h>
#include <kernel/irq.h>
#include <lib/util.h>

// Registers (3.2), in words.
struct pl011_regs {
	u32 dr, rsrecr, res0[4];
	u32 fr, res1, ilpr, ibrd, fbrd, lcrh, cr, ifls, imsc, ris, mis, icr, dmacr;
};
_Static_assert(offsetof(struct pl011_regs, fr) == 0x18 && offsetof(struct pl011_regs, icr) == 0x44,
	       "the registers lie where the manual has them");

#define FR_RXFE   BIT(4) // nothing received
#define FR_TXFF   BIT(5) // no room to transmit
#define CR_UARTEN BIT(0)
#define CR_TXE    BIT(8)
#define CR_RXE    BIT(9)
#define LCRH_FEN  BIT(4) // FIFOs on
#define INT_RX    BIT(4)
#define INT_RT    BIT(6) // received, and nothing more since
#define INT_ALL   0x7ff

// Waits this often at most: a UART that is broken costs output, not the machine.
#define TX_TRIES 100000

static struct {
	volatile struct pl011_regs *regs;
} pl011;

static void put_char(volatile struct pl011_regs *regs, char c)
{
	for (int i = 0; i < TX_TRIES && (regs->fr & FR_TXFF); i++)
		;
	regs->dr = (u8)c;
}

void pl011_early_puts(void *base, const char *s)
{
	volatile struct pl011_regs *regs = base;

	regs->cr |= CR_UARTEN | CR_TXE;
	for (; *s; s++) {
		if (*s == '\n')
			put_char(regs, '\r');
		put_char(regs, *s);
	}
}

static void pl011_write(const char *s, size_t n)
{
	for (; n > 0; n--, s++) {
		if (*s == '\n')
			put_char(pl011.regs, '\r');
		put_char(pl011.regs, *s);
	}
}

static irqreturn_t pl011_interrupt(int irq, void *dev)
{
	volatile struct pl011_regs *regs = pl011.regs;
	const u32 status = regs->mis;

	if (!status)
		return IRQ_NONE;
	regs->icr = status;
	while (!(regs->fr & FR_RXFE))
		console_input((char)regs->dr);
	return IRQ_HANDLED;
}

void pl011_console(void *base)
{
	static const struct console console = { "ttyAMA0", pl011_write };

	pl011.regs = base;
	pl011.regs->imsc = 0;
	pl011.regs->cr |= CR_UARTEN | CR_TXE | CR_RXE;
	console_register(&console, true);
}

int pl011_input(unsigned int irq)
{
	volatile struct pl011_regs *regs = pl011.regs;
	int err;

	if (!regs)
		return -ENODEV;
	regs->icr = INT_ALL;
	err = request_irq(irq, pl011_interrupt, 0, "uart-pl011", &pl011);
	if (err)
		return err;
	regs->lcrh |= LCRH_FEN;
	regs->imsc = INT_RX | INT_RT;
	return 0;
}
