// SPDX-License-Identifier: MIT
// The 16550 UART as the console: polled output, input by interrupt.
//
// Manual: National Semiconductor PC16550D.
// Linux: drivers/tty/serial/8250/, with its early console in 8250_early.c.

#include <abi/errno.h>
#include <drivers/device.h>
#include <drivers/uart/ns16550.h>
#include <kernel/console.h>
#include <kernel/irq.h>

static struct {
	u16 base; // 0: no console yet
} uart;

// The scratch register must keep this value and its complement.
#define SCRATCH_TEST 0x5a

static bool uart_answers(void)
{
	outb(SCRATCH_TEST, uart.base + NS16550_SCR);
	if (inb(uart.base + NS16550_SCR) != SCRATCH_TEST)
		return false;
	outb((u8)~SCRATCH_TEST, uart.base + NS16550_SCR);
	return inb(uart.base + NS16550_SCR) == (u8)~SCRATCH_TEST;
}

static void uart_write(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			ns16550_putc(uart.base, '\r');
		ns16550_putc(uart.base, s[i]);
	}
}

// The interrupt is edge triggered and not shared. A character that arrives while this reads others raises
// another interrupt, which finds no character. It is still our interrupt: always return IRQ_HANDLED.
static irqreturn_t uart_interrupt(int irq, void *dev)
{
	while (inb(uart.base + NS16550_LSR) & NS16550_LSR_READY)
		console_input(inb(uart.base + NS16550_RBR));
	return IRQ_HANDLED;
}

void ns16550_console(u16 base)
{
	static const struct console console = { .name = "ttyS0", .write = uart_write };

	uart.base = base;
	console_register(&console, true);
}

static int uart_probe(struct device *dev)
{
	const struct resource *res = device_get_resource(dev, IORESOURCE_IO, 0);
	const int irq = device_get_irq(dev, 0);
	int err;

	if (!res || irq < 0)
		return -EINVAL;
	if (!devm_request_region(dev, res->start, resource_size(res), dev->driver->name))
		return -EBUSY;
	uart.base = (u16)res->start;
	if (!uart_answers())
		return -ENODEV;
	err = devm_request_irq(dev, irq, uart_interrupt, 0, "ttyS0", &uart);
	if (err)
		return err;
	outb(NS16550_MCR_DTR | NS16550_MCR_RTS | NS16550_MCR_OUT2, uart.base + NS16550_MCR);
	outb(NS16550_IER_RECEIVED, uart.base + NS16550_IER);
	return 0;
}

// Output still works: it only needs the ports.
static void uart_remove(struct device *dev)
{
	outb(0, uart.base + NS16550_IER);
}

static const char *const names[] = { "ns16550a", NULL };

struct device_driver ns16550_driver = { .name = "ns16550",
					.compatible = names,
					.probe = uart_probe,
					.remove = uart_remove,
					.single = true };
