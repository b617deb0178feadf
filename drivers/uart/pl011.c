// SPDX-License-Identifier: MIT
// The PL011 UART (PrimeCell UART PL011 TRM, ARM DDI 0183): polled output, input by interrupt.
//
// Owns: the registers. Keeps the line's speed and format that the firmware has set.
// Rules: output works in any context.
// Linux: drivers/tty/serial/amba-pl011.c, which also has the console's name, ttyAMA0.

#include <abi/errno.h>
#include <arch/io.h>
#include <drivers/device.h>
#include <drivers/uart/pl011.h>
#include <kernel/console.h>
#include <kernel/irq.h>
#include <lib/util.h>

// Registers (3.2), in words.
struct pl011_regs {
	u32 dr, rsrecr, res0[4];
	u32 fr, res1, ilpr, ibrd, fbrd, lcrh, cr, ifls, imsc, ris, mis, icr, dmacr;
};
_Static_assert(offsetof(struct pl011_regs, fr) == PL011_FR &&
		       offsetof(struct pl011_regs, cr) == PL011_CR &&
		       offsetof(struct pl011_regs, icr) == 0x44,
	       "the registers lie where the manual has them");

#define FR_BUSY  BIT(3) // sending a character
#define FR_RXFE  BIT(4) // receive FIFO empty
#define CR_RXE   BIT(9)
#define LCRH_FEN BIT(4) // FIFOs on
#define INT_RX   BIT(4)
#define INT_RT   BIT(6) // receive timeout: characters wait, and no more arrive
#define INT_ALL  0x7ff

// Limits each wait: a broken UART then loses output, but does not hang the machine.
#define TX_TRIES 100000

static struct {
	struct pl011_regs __iomem *regs; // NULL: no UART
} pl011;

static void pl011_put_char(struct pl011_regs __iomem *regs, char c)
{
	for (int i = 0; i < TX_TRIES && (readl_relaxed(&regs->fr) & PL011_FR_TXFF); i++)
		;
	writel_relaxed((u8)c, &regs->dr);
}

// Identification (3.3.15): a byte in each of the page's last words. The revision is not compared.
#define ID_FIRST 0xfe0
#define ID_ANY   -1

bool pl011_is_at(const void __iomem *regs)
{
	static const short id[] = { 0x11, 0x10, ID_ANY, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	for (size_t i = 0; i < ARRAY_SIZE(id); i++)
		if (id[i] != ID_ANY &&
		    (readl_relaxed(regs + ID_FIRST + 4 * i) & 0xff) != (u32)id[i])
			return false;
	return true;
}

void pl011_early_puts(void __iomem *base, const char *s)
{
	struct pl011_regs __iomem *regs = base;

	writel_relaxed(readl_relaxed(&regs->cr) | PL011_CR_UARTEN | PL011_CR_TXE, &regs->cr);
	for (; *s; s++) {
		if (*s == '\n')
			pl011_put_char(regs, '\r');
		pl011_put_char(regs, *s);
	}
}

static void pl011_write(const char *s, size_t n)
{
	struct pl011_regs __iomem *regs = READ_ONCE(pl011.regs);

	for (; regs && n > 0; n--, s++) {
		if (*s == '\n')
			pl011_put_char(regs, '\r');
		pl011_put_char(regs, *s);
	}
}

static irqreturn_t pl011_interrupt(int irq, void *dev)
{
	struct pl011_regs __iomem *regs = pl011.regs;
	const u32 status = readl(&regs->mis);

	if (!status)
		return IRQ_NONE;
	writel(status, &regs->icr);
	while (!(readl(&regs->fr) & FR_RXFE))
		console_input((char)readl(&regs->dr));
	return IRQ_HANDLED;
}

void pl011_console(void __iomem *base)
{
	static const struct console console = { "ttyAMA0", pl011_write };
	struct pl011_regs __iomem *regs = base;

	writel(0, &regs->imsc);
	writel(readl(&regs->cr) | PL011_CR_UARTEN | PL011_CR_TXE | CR_RXE, &regs->cr);
	pl011.regs = regs;
	console_register(&console, true);
}

// The FIFO bit is in the line control register, which may only be written while the UART is disabled and
// has sent all characters (3.3.7). Interrupts are masked, so that no handler logs in between.
static void enable_fifos(struct pl011_regs __iomem *regs)
{
	const unsigned long flags = local_irq_save();
	const u32 cr = readl(&regs->cr);

	for (int i = 0; i < TX_TRIES && (readl_relaxed(&regs->fr) & FR_BUSY); i++)
		;
	writel(cr & ~PL011_CR_UARTEN, &regs->cr);
	writel(readl(&regs->lcrh) | LCRH_FEN, &regs->lcrh);
	writel(cr, &regs->cr);
	local_irq_restore(flags);
}

// The console switches to the new mapping in one store, so a crash at any time finds a valid one.
// Without an interrupt, the UART still works for output.
static int pl011_probe(struct device *dev)
{
	const int irq = device_get_irq(dev, 0);
	struct pl011_regs __iomem *regs =
		devm_ioremap_resource(dev, device_get_resource(dev, IORESOURCE_MEM, 0));
	int err;

	if (IS_ERR(regs))
		return PTR_ERR(regs);
	if (!pl011_is_at(regs))
		return -ENODEV;
	writel(0, &regs->imsc);
	writel(INT_ALL, &regs->icr);
	WRITE_ONCE(pl011.regs, regs);
	err = irq < 0 ? irq : devm_request_irq(dev, irq, pl011_interrupt, 0, NULL, &pl011);
	if (err) {
		dev_warn(dev, "no interrupt, so there is no input: error %d\n", err);
		return 0;
	}
	enable_fifos(regs);
	writel(INT_RX | INT_RT, &regs->imsc);
	return 0;
}

static void pl011_remove(struct device *dev)
{
	writel(0, &pl011.regs->imsc);
	WRITE_ONCE(pl011.regs, NULL);
}

static const char *const names[] = { "arm,pl011", NULL };

struct device_driver pl011_driver = { .name = "uart-pl011",
				      .compatible = names,
				      .probe = pl011_probe,
				      .remove = pl011_remove,
				      .single = true };
